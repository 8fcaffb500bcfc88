"""One folder per class, a flat folder, a single file."""

import os

import pytest
from corpora import rows, sound

from cnnviz.datasets import read_clips


def test_folders_are_classes(tmp_path):
    for name in ("yes/b.wav", "yes/a.flac", "no/deep/c.ogg", "no/.hidden.wav", ".git/d.wav"):
        sound(tmp_path / name)
    (tmp_path / "yes/readme.md").touch()

    assert rows(read_clips(tmp_path)) == [
        ("no/deep/c.ogg", "no", ""),
        ("yes/a.flac", "yes", ""),
        ("yes/b.wav", "yes", ""),
    ]


def test_a_flat_folder_has_no_labels(tmp_path):
    for name in ("b.WAV", "a.wav"):
        sound(tmp_path / name)

    clips = read_clips(tmp_path)

    assert rows(clips) == [("a.wav", None, ""), ("b.WAV", None, "")]
    assert clips.class_names == ()


def test_a_single_file_is_one_clip(tmp_path):
    clips = read_clips(sound(tmp_path / "a.wav"))

    assert rows(clips) == [("a.wav", None, "")]
    assert clips.folder == tmp_path


def test_folders_named_like_splits_hold_the_classes(tmp_path):
    for name in ("train/yes/a.wav", "val/no/b.wav", "test/no/c.wav"):
        sound(tmp_path / name)

    assert rows(read_clips(tmp_path)) == [
        ("test/no/c.wav", "no", "test"),
        ("train/yes/a.wav", "yes", "train"),
        ("val/no/b.wav", "no", "validation"),
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_lists_beside_the_folders_give_the_splits(tmp_path, ending):
    for name in ("no/a b.wav", "no/b.wav", "yes/c.wav"):
        sound(tmp_path / name)
    (tmp_path / "train.txt").write_bytes(f"no/a b.wav{ending}no/gone.wav{ending}".encode())
    (tmp_path / "test.txt").write_bytes(f"yes/c.wav{ending}".encode())

    assert read_clips(tmp_path).splits == ("train", "", "test")


def test_other_text_files_are_no_lists(tmp_path):
    sound(tmp_path / "no/a.wav")
    (tmp_path / "test.txt").write_text("a word about this test\n", "utf-8")

    assert read_clips(tmp_path).splits == ("",)


def test_links_are_followed_once(tmp_path):
    sound(tmp_path / "real/a.wav")
    (tmp_path / "corpus/yes").mkdir(parents=True)
    (tmp_path / "corpus/no").symlink_to(tmp_path / "real", target_is_directory=True)
    (tmp_path / "corpus/yes/b.wav").symlink_to(tmp_path / "real/a.wav")
    (tmp_path / "corpus/yes/again").symlink_to(tmp_path / "corpus", target_is_directory=True)
    (tmp_path / "corpus/yes/lost.wav").symlink_to(tmp_path / "nowhere.wav")

    clips = read_clips(tmp_path / "corpus")

    assert "no/a.wav" in clips.names
    assert "yes/b.wav" in clips.names
    assert len(clips) < 8
    with pytest.raises(Exception, match=r"lost\.wav: is a link that leads nowhere"):
        clips.screened()


def test_what_is_no_file_is_skipped_with_its_reason(tmp_path):
    for index in range(40):
        sound(tmp_path / f"yes/{index}.wav")
    os.mkfifo(tmp_path / "yes/pipe.wav")
    (tmp_path / "yes/zero.wav").symlink_to("/dev/zero")
    (tmp_path / "yes/itself.wav").symlink_to("itself.wav")

    clips = read_clips(tmp_path).screened()

    assert len(clips) == 40
    assert sorted(clips.skipped) == [
        "yes/itself.wav: Too many levels of symbolic links",
        "yes/pipe.wav: is a pipe or a device, not a file",
        "yes/zero.wav: is a pipe or a device, not a file",
    ]


def test_plain_folders_say_nothing_of_speakers(tmp_path):
    sound(tmp_path / "yes/00176480_nohash_0.wav")

    assert read_clips(tmp_path, layout="folders").groups == ("",)
