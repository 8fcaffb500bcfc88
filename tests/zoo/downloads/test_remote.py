"""An entry with a slip is refused when it is made."""

import pytest

from cnnviz.errors import ParameterError
from zoo.downloads import Archive


@pytest.mark.parametrize("digest", ["sha256:abc", "md5:" + "0" * 64, "sha1:" + "0" * 40, "0" * 64])
def test_a_digest_has_its_kind_and_length(digest):
    with pytest.raises(ParameterError, match=r"digest='.*'; allowed: sha256: or md5:"):
        Archive(url="https://x/a.zip", published="", most_bytes=1, digest=digest)


def test_an_archive_is_one_that_can_be_unpacked():
    with pytest.raises(ParameterError, match=r"a\.rar'; allowed: the url of a \.tar\.gz or \.zip"):
        Archive(url="https://x/a.rar", published="", most_bytes=1)


def test_the_name_of_the_file_is_without_the_query():
    archive = Archive(url="https://x/files/a.zip?download=1", published="", most_bytes=1)

    assert archive.file_name == "a.zip"
