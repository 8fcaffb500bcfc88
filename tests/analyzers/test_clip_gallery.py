"""The clip gallery hands on the table of clips, and says which can be played."""

import numpy as np
import pytest

from cnnviz.analyzers.clip_gallery import ClipAudio, describe_skipped, describe_synthetic, thinned
from cnnviz.capture import record
from cnnviz.errors import ParameterError
from cnnviz.run import Run
from tests.capture.recordings import tiny_model, write_clips
from tests.capture.test_recording import SMALL


def test_waveforms_are_those_of_the_files(tmp_path) -> None:
    clips = write_clips(tmp_path / "clips")

    with record(tiny_model(), clips, out=tmp_path / "run", choices=SMALL) as capture:
        result = ClipAudio(n_clips=12).run(Run(capture=capture))
        kept, heard = capture.map_index, capture.waveforms(result.audio_index)

    assert result.clips.names == clips.names
    assert np.array_equal(result.clips.labels, clips.labels)
    assert len(result.audio_index) == 12
    assert set(kept) <= set(result.audio_index)
    for row, clip in enumerate(result.audio_index):
        assert np.array_equal(heard[row], clips.waveform(int(clip)))


def test_clips_that_are_one_sound_are_counted(tmp_path) -> None:
    clips = write_clips(tmp_path / "clips")
    for copy in (4, 7, 10):
        clips.paths[copy].write_bytes(clips.paths[1].read_bytes())

    with record(tiny_model(), clips, out=tmp_path / "run", choices=SMALL) as capture:
        (found,) = ClipAudio().run(Run(capture=capture)).findings

    assert found.sentence.startswith("Of 3 of 40 clips the network makes exactly the scores and")


def test_of_clips_that_differ_nothing_is_said(tmp_path) -> None:
    clips = write_clips(tmp_path / "clips")

    with record(tiny_model(), clips, out=tmp_path / "run", choices=SMALL) as capture:
        assert ClipAudio().run(Run(capture=capture)).findings == ()


def test_all_are_handed_on_where_there_is_room() -> None:
    assert thinned(np.array([2, 5]), keep=np.array([5]), n_clips=2).tolist() == [2, 5]


def test_no_waveforms_are_handed_on_where_there_is_no_room() -> None:
    assert thinned(np.arange(9), keep=np.array([5]), n_clips=0).tolist() == []


def test_without_a_capture_the_next_step_is_named() -> None:
    with pytest.raises(ParameterError, match=r"has no capture.*cnnviz capture MODEL CLIPS"):
        ClipAudio().run(Run(model=None))


def test_a_negative_number_of_clips_is_refused() -> None:
    with pytest.raises(ParameterError, match="n_clips=-1; allowed: 0 or more"):
        ClipAudio(n_clips=-1)


@pytest.mark.parametrize(
    ("notes", "sentence"),
    [
        (("synthetic",) * 2, "By their notes a machine made all clips."),
        (
            ("synthetic", "", ""),
            "By their notes a machine made 1 of 3 clips.",
        ),
    ],
    ids=["all", "some"],
)
def test_how_many_clips_are_synthetic_by_their_notes_is_said(notes, sentence) -> None:
    (found,) = describe_synthetic(notes)

    assert found.sentence == sentence


def test_one_skipped_file_is_one() -> None:
    (found,) = describe_skipped(("a.wav: broken",))

    assert found.sentence == "1 file was skipped."
