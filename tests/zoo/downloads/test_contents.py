"""What a folder lacks is said in words."""

from dataclasses import replace

import pytest

from zoo.downloads import FileCount, load
from zoo.downloads.contents import faults, sizes_in


def test_sizes_are_those_of_the_files_without_the_receipt(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b.txt").write_text("four")
    (tmp_path / ".fetched.json").write_text("{}")

    assert sizes_in(tmp_path) == {"a/b.txt": 4}


def test_every_kind_of_fault_is_named(tmp_path):
    corpus = replace(
        load("fsdd"),
        files=("recordings/1_anna_0.wav",),
        counts=(FileCount(pattern="*.md", n_files=2),),
        lists=("list.txt",),
    )
    (tmp_path / "README.md").write_text("x")
    (tmp_path / "list.txt").write_text("b.wav\n\n")

    assert faults(corpus, tmp_path) == (
        "1 files *.md instead of 2",
        "2 listed files are missing, the first: recordings/1_anna_0.wav",
        f"{tmp_path} holds no sounds of the layout 'fsdd'",
    )


@pytest.mark.data
def test_the_real_digits_have_no_fault(data):
    """The recordings of the optional test data are those of version 1.0.10."""
    assert faults(load("fsdd"), data / "fsdd") == ()
