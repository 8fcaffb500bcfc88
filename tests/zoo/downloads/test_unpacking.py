"""Nothing comes out of an archive that does not belong below one folder."""

import io
import stat
import tarfile
import zipfile

import pytest

from cnnviz.errors import DownloadError
from zoo.downloads.unpacking import Limits, unpack

from .packing import gzipped, tar_gz, wav, zipped

LIMITS = Limits(n_bytes=100_000, n_members=20)
PACK = {".tar.gz": tar_gz, ".zip": zipped}
BOTH = pytest.mark.parametrize("kind", PACK)


@pytest.fixture
def run(tmp_path):
    """Unpack an archive; the files below the folder by name, and what else appeared."""

    def unpacked(content, kind, limits=LIMITS):
        archive = tmp_path / "in" / f"a{kind}"
        archive.parent.mkdir()
        archive.write_bytes(content)
        unpack(archive, tmp_path / "in/out", limits, advance=lambda _n: None)
        out = tmp_path / "in/out"
        return {
            path.relative_to(out).as_posix(): path.read_bytes()
            for path in out.rglob("*")
            if path.is_file()
        }

    return unpacked


def outside(tmp_path):
    """Names beside the folder that was unpacked into."""
    return sorted(path.name for path in (*tmp_path.iterdir(), *(tmp_path / "in").iterdir()))


@BOTH
def test_files_come_out_as_they_went_in(run, kind):
    files = {"a/b/c.wav": wav(0), "d.txt": b"", "./e.txt": b"e"}

    assert run(PACK[kind](files), kind) == {"a/b/c.wav": wav(0), "d.txt": b"", "e.txt": b"e"}


@BOTH
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../x", r"\.\./x leaves the folder"),
        ("a/../../x", "leaves the folder"),
        ("/x/y", "/x/y has no relative name"),
        ("C:/x", "C:/x has no relative name"),
        ("a\\..\\..\\x", "has no relative name"),
    ],
    ids=["parent", "inner parent", "absolute", "drive", "backslash"],
)
def test_a_name_that_leads_out_is_refused(run, tmp_path, kind, name, reason):
    with pytest.raises(DownloadError, match=rf"not safe to unpack: its member .*{reason}"):
        run(PACK[kind]({name: b"x"}), kind)

    assert outside(tmp_path) == sorted(["in", f"a{kind}", "out"])


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (tarfile.SYMTYPE, "symbolic link"),
        (tarfile.LNKTYPE, "hard link"),
        (tarfile.CHRTYPE, "device"),
        (tarfile.BLKTYPE, "device"),
        (tarfile.FIFOTYPE, "device"),
    ],
    ids=["symlink", "hard link", "character", "block", "fifo"],
)
@pytest.mark.parametrize("target", ["../../secret", "inside.txt"])
def test_links_and_devices_in_a_tar_are_refused(run, tmp_path, form, words, target):
    info = tarfile.TarInfo("trap")
    info.type, info.linkname = form, target

    with pytest.raises(DownloadError, match=f"its member trap is a {words}"):
        run(tar_gz({"inside.txt": b"x"}, extra=[(info, b"")]), ".tar.gz")

    assert not (tmp_path / "in/out/trap").is_symlink()


@pytest.mark.parametrize(
    ("form", "words"),
    [(stat.S_IFLNK, "symbolic link"), (stat.S_IFCHR, "device"), (stat.S_IFIFO, "device")],
    ids=["symlink", "character", "fifo"],
)
def test_links_and_devices_in_a_zip_are_refused(run, form, words):
    info = zipfile.ZipInfo("trap")
    info.create_system, info.external_attr = 3, (form | 0o777) << 16

    with pytest.raises(DownloadError, match=f"its member trap is a {words}"):
        run(zipped({}, extra=[(info, b"../../secret")]), ".zip")


@BOTH
def test_a_link_cannot_be_written_through(run, tmp_path, kind):
    """The second member would follow the first out of the folder."""
    if kind == ".zip":
        info = zipfile.ZipInfo("door")
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        content = zipped({}, extra=[(info, b".."), (zipfile.ZipInfo("door/x"), b"x")])
    else:
        link = tarfile.TarInfo("door")
        link.type, link.linkname = tarfile.SYMTYPE, ".."
        through = tarfile.TarInfo("door/x")
        through.size = 1
        content = tar_gz({}, extra=[(link, b""), (through, b"x")])

    with pytest.raises(DownloadError, match="door is a symbolic link"):
        run(content, kind)

    assert not (tmp_path / "in/x").exists()


@BOTH
def test_too_many_members_are_refused(run, tmp_path, kind):
    with pytest.raises(DownloadError, match="it holds more than 20 members"):
        run(PACK[kind]({f"{i}.txt": b"" for i in range(21)}), kind)

    assert len(list((tmp_path / "in/out").iterdir())) == 20


@BOTH
def test_more_bytes_than_declared_are_refused_before_they_are_written(run, tmp_path, kind):
    noise = wav(1, seconds=4.0)  # 64 kB

    with pytest.raises(DownloadError, match="it swells to more than 100,000 bytes"):
        run(PACK[kind]({"a.wav": noise, "b.wav": noise}), kind)

    assert [path.name for path in (tmp_path / "in/out").iterdir()] == ["a.wav"]


@BOTH
def test_an_archive_that_swells_beyond_measure_is_refused(run, kind):
    """Fifty megabytes of zeros in fifty kilobytes, though the corpus may be that large."""
    limits = Limits(n_bytes=10**9, n_members=20)

    with pytest.raises(DownloadError, match=r"swells to more than [\d,]+ bytes"):
        run(PACK[kind]({"a.wav": bytes(50_000_000)}), kind, limits)


def test_a_zip_that_lies_about_a_size_is_damaged(run):
    content = bytearray(zipped({"a.wav": wav(0)}))
    head = content.index(b"PK\x01\x02")
    content[head + 24 : head + 28] = (10).to_bytes(4, "little")

    with pytest.raises(DownloadError, match="damaged"):
        run(bytes(content), ".zip")


def test_a_huge_header_is_refused_before_it_is_read(run):
    """A comment of a gigabyte, announced by the header of a tar member."""
    info = tarfile.TarInfo("./PaxHeaders/x")
    info.type, info.size = tarfile.XHDTYPE, 2**30
    content = gzipped(info.tobuf(tarfile.USTAR_FORMAT) + bytes(2**16))

    with pytest.raises(DownloadError, match="a header of 1,073,741,824 bytes"):
        run(content, ".tar.gz")


@BOTH
def test_a_file_that_comes_twice_is_refused(run, kind):
    if kind == ".zip":
        with pytest.warns(UserWarning, match="Duplicate name"):
            content = zipped({"a": b"1"}, extra=[(zipfile.ZipInfo("a"), b"2")])
    else:
        second = tarfile.TarInfo("a")
        second.size = 1
        content = tar_gz({"a": b"1"}, extra=[(second, b"2")])

    with pytest.raises(DownloadError, match="it names a twice"):
        run(content, kind)


@BOTH
def test_a_file_that_is_also_a_folder_is_refused(run, kind):
    with pytest.raises(DownloadError, match="it names a twice"):
        run(PACK[kind]({"a": b"1", "a/b": b"2"}), kind)


@BOTH
@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_a_cut_archive_is_damaged(run, kind, share):
    content = PACK[kind]({f"{i}.wav": wav(i) for i in range(5)})

    with pytest.raises(DownloadError, match=r"is damaged \(.*; allowed: a whole"):
        run(content[: round(share * len(content))], kind)


@BOTH
def test_something_else_is_damaged(run, kind):
    with pytest.raises(DownloadError, match="is damaged"):
        run(b"<html>not found</html>" * 100, kind)


def test_a_locked_zip_is_refused(run):
    content = bytearray(zipped({"a.wav": wav(0)}))
    head = content.index(b"PK\x01\x02")
    content[head + 8] |= 1

    with pytest.raises(DownloadError, match="a locked file"):
        run(bytes(content), ".zip")


def test_rights_of_an_archive_are_not_taken_over(run, tmp_path):
    info = tarfile.TarInfo("run.sh")
    info.mode, info.size = 0o6777, 1
    content = tar_gz({}, extra=[(info, b"x")])

    run(content, ".tar.gz")

    assert (tmp_path / "in/out/run.sh").stat().st_mode & 0o6111 == 0


def test_a_zip_of_many_members_in_order_keeps_their_content(run):
    out = io.BytesIO(zipped({f"{i:02}.txt": str(i).encode() for i in range(20)}))

    assert run(out.getvalue(), ".zip")["07.txt"] == b"7"
