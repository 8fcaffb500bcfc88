"""A CSV with one clip per row."""

import pytest
from corpora import rows, sound

from cnnviz.datasets import read_clips
from cnnviz.errors import AudioError


def manifest(folder, text, name="manifest.csv"):
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_rows_become_clips_in_their_order(tmp_path):
    sound(tmp_path / "b.wav")
    sound(tmp_path / "in/a, 1.wav")
    manifest(tmp_path, 'path,label,split\nb.wav,yes,test\n"in/a, 1.wav",no,\n')

    assert rows(read_clips(tmp_path)) == [("b.wav", "yes", "test"), ("in/a, 1.wav", "no", "")]


def test_only_the_path_is_needed(tmp_path):
    sound(tmp_path / "b.wav")

    clips = read_clips(manifest(tmp_path, "path\r\nb.wav\r\n", "any.csv"))

    assert rows(clips) == [("b.wav", None, "")]
    assert clips.layout == "manifest"


def test_excerpts_and_notes_are_kept(tmp_path):
    sound(tmp_path / "b.wav", seconds=2.0)
    manifest(tmp_path, "\ufeffpath,start,stop,note\nb.wav,,0.5,\nb.wav,0.5,1.5,synthetic: x\n")

    clips = read_clips(tmp_path)

    assert [len(clips.waveform(i)) for i in range(2)] == [4_000, 8_000]
    assert clips.names == ("b.wav", "b.wav#t=0.5,1.5")
    assert clips.notes == ("", "synthetic: x")


@pytest.mark.parametrize("column", ["group", "speaker"])
def test_what_makes_clips_dependent_is_a_column(tmp_path, column):
    sound(tmp_path / "b.wav")
    manifest(tmp_path, f"path,start,{column}\nb.wav,,anna\nb.wav,0.05,\n")

    assert read_clips(tmp_path).groups == ("anna", "")


def test_files_that_do_not_exist_are_skipped_with_their_row(tmp_path):
    for i in range(19):
        sound(tmp_path / f"{i}.wav")
    manifest(tmp_path, "path\n" + "".join(f"{i}.wav\n" for i in range(20)))

    clips = read_clips(tmp_path)

    assert len(clips) == 19
    assert clips.skipped == ("19.wav: does not exist (row 21)",)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "file,label\na.wav,x\n",
            r"has the columns file, label; allowed: path, and if known label",
        ),
        ("path,lable\na.wav,x\n", r"has the columns path, lable; allowed"),
        ("", r"has the columns none; allowed"),
        ("path\n", r"holds no sounds of the layout 'manifest'"),
        ("path,start\na.wav,soon\n", r"row 2: .*'soon'; allowed: seconds"),
        ("path\nx.wav\ny.wav\n", r"names 2 files and none exists \(x\.wav: does not exist \(row 2"),
        ("path\na.wav\nb.wav\n", r"1 of 2 files in .* cannot be used"),
    ],
)
def test_a_wrong_manifest_is_one_clear_line(tmp_path, text, error):
    sound(tmp_path / "a.wav")

    with pytest.raises(AudioError, match=error):
        read_clips(manifest(tmp_path, text))


def test_a_file_in_another_encoding_is_named(tmp_path):
    (tmp_path / "manifest.csv").write_bytes("path\ngröße.wav\n".encode("latin-1"))

    with pytest.raises(AudioError, match=r"manifest\.csv cannot be read as a CSV"):
        read_clips(tmp_path)


@pytest.mark.parametrize(
    "times", ["inf,", "nan,", "-1,", "0,inf", "1e300,", "0,-1"], ids=lambda times: f"'{times}'"
)
def test_a_time_that_no_file_has_is_named(tmp_path, times):
    sound(tmp_path / "b.wav")
    path = manifest(tmp_path, f"path,start,stop\nb.wav,0,1\nb.wav,{times}\n")

    with pytest.raises(AudioError, match=r"row 3: .* is no time in a file; allowed: seconds"):
        read_clips(path)


def test_files_of_many_rows_are_looked_up_once(tmp_path, monkeypatch):
    sound(tmp_path / "b.wav", seconds=2.0)
    path = manifest(tmp_path, "path,stop\n" + "b.wav,0.5\n" * 50 + "gone.wav,1\n" * 3)
    asked = []
    exists = type(path).exists
    monkeypatch.setattr(type(path), "exists", lambda at: asked.append(at.name) or exists(at))

    clips = read_clips(path)

    assert [name for name in asked if name.endswith(".wav")] == ["b.wav", "gone.wav"]
    assert "50 clips, 0.50 s" in clips.describe()
