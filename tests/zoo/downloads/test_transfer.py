"""Downloads go on where they stopped."""

import pytest
import requests

from cnnviz.errors import DownloadError
from zoo.downloads.transfer import ResumingDownloader

CONTENT = bytes(range(256)) * 4_000  # about a megabyte
CHUNK = 16_384  # bytes are written in whole chunks


@pytest.fixture
def download(served, tmp_path):
    """Download ``a.zip`` once; what is not given is as the server has it."""
    served.files["a.zip"] = CONTENT

    def run(**options):
        seen = []
        downloader = ResumingDownloader(
            part=tmp_path / "a.zip.part",
            most_bytes=options.get("most_bytes", 2_000_000),
            n_bytes=options.get("n_bytes"),
            advance=lambda done, total: seen.append((done, total)),
        )
        downloader(options.get("url", served.url("a.zip")), tmp_path / "a.zip", None)
        return (tmp_path / "a.zip").read_bytes(), seen

    return run


def left(tmp_path):
    return sorted(path.name for path in tmp_path.iterdir())


def test_a_file_comes_whole_and_nothing_else_is_left(download, tmp_path):
    content, seen = download(n_bytes=len(CONTENT))

    assert content == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert left(tmp_path) == ["a.zip"]


def test_a_broken_connection_is_taken_up_again_where_it_broke(download, served):
    served.cut_after = [300_000, 200_000]

    content, _ = download()

    assert content == CONTENT
    assert served.ranges() == ["", f"bytes={18 * CHUNK}-", f"bytes={30 * CHUNK}-"]


def test_a_dead_connection_leaves_a_part_and_the_next_call_goes_on(download, served, tmp_path):
    served.cut_after = [300_000, 0]

    with pytest.raises(DownloadError, match=r"a\.zip cannot be reached \(the connection broke\)"):
        download()
    assert (tmp_path / "a.zip.part").stat().st_size == 18 * CHUNK
    content, _ = download()

    assert content == CONTENT
    assert served.ranges() == ["", f"bytes={18 * CHUNK}-", f"bytes={18 * CHUNK}-"]


def test_a_connection_that_breaks_without_end_is_given_up(download, served):
    served.cut_after = [2 * CHUNK] * 20

    with pytest.raises(DownloadError, match="broke off 10 times"):
        download()


def test_a_server_without_ranges_starts_anew(download, served):
    served.with_ranges = False
    served.cut_after = [300_000]

    content, _ = download()

    assert content == CONTENT


def test_a_file_that_changed_meanwhile_is_never_mixed(download, served):
    served.cut_after = [300_000, 0]
    with pytest.raises(DownloadError):
        download()
    served.files["a.zip"] = CONTENT[::-1]

    content, _ = download()

    assert content == CONTENT[::-1]


def test_a_part_of_unknown_origin_is_not_trusted(download, served, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(b"something else")

    content, _ = download()

    assert content == CONTENT
    assert served.ranges() == [""]


def test_a_server_that_names_no_version_starts_anew(download, served):
    served.with_tags = False
    served.cut_after = [300_000]

    content, _ = download()

    assert content == CONTENT
    assert served.ranges() == ["", ""]


def test_a_part_that_is_whole_is_taken(download, served, tmp_path):
    served.cut_after = [300_000, 0]
    with pytest.raises(DownloadError):
        download()
    (tmp_path / "a.zip.part").write_bytes(CONTENT)

    content, _ = download()

    assert content == CONTENT


def test_a_part_longer_than_the_file_is_deleted(download, served, tmp_path):
    served.cut_after = [300_000, 0]
    with pytest.raises(DownloadError):
        download()
    (tmp_path / "a.zip.part").write_bytes(CONTENT + b"more")

    with pytest.raises(DownloadError, match="is shorter than the part of it, which was deleted"):
        download()
    assert left(tmp_path) == []


def test_a_server_that_tells_no_length_is_read_to_its_end(download, served):
    served.with_length = False

    content, _ = download()

    assert content == CONTENT


def test_a_stream_of_unknown_length_ends_when_too_much_came(download, served, tmp_path):
    served.with_length = False

    with pytest.raises(DownloadError, match="sends more than 600,000 bytes, which were deleted"):
        download(most_bytes=600_000)
    assert left(tmp_path) == []


def test_a_stream_of_unknown_length_that_ends_early_is_noticed(download, served):
    served.with_length, served.cut_after = False, [300_000, 0]

    with pytest.raises(DownloadError, match="broke off after 300,000 bytes"):
        download(n_bytes=len(CONTENT))


def test_another_size_than_the_published_is_refused_before_the_download(download, tmp_path):
    with pytest.raises(DownloadError, match="has 1,024,000 bytes instead of 7"):
        download(n_bytes=7)
    assert left(tmp_path) == []


def test_a_file_larger_than_the_corpus_is_refused_before_the_download(download, tmp_path):
    with pytest.raises(DownloadError, match="has 1,024,000 bytes, more than 600,000"):
        download(most_bytes=600_000)
    assert left(tmp_path) == []


def test_a_file_that_is_not_there_is_named(download, served):
    with pytest.raises(DownloadError, match=r"/b\.zip answers 404 Not Found"):
        download(url=served.url("b.zip"))


def test_a_host_that_is_not_there_is_named(download):
    with pytest.raises(
        DownloadError, match=r"1:9/a\.zip cannot be reached \(\[Errno \d+\] Connection refused\)"
    ):
        download(url="http://127.0.0.1:9/a.zip")


def test_a_redirect_is_followed(download, served):
    served.redirect = "a.zip"

    content, _ = download(url=served.url("elsewhere"))

    assert content == CONTENT


def test_a_way_that_leaves_encryption_is_refused(tmp_path):
    response = requests.Response()
    response.status_code, response.url = 200, "http://mirror/a.zip"
    downloader = ResumingDownloader(
        part=tmp_path / "p", most_bytes=1, n_bytes=None, advance=lambda _done, _total: None
    )

    with pytest.raises(DownloadError, match=r"leads to http://mirror/a\.zip, which is not encr"):
        downloader._check("https://host/a.zip", response)
