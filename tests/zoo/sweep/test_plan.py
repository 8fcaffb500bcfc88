"""Plans say what each trial has and hears, before anything is decoded."""

from pathlib import Path

import pytest

from cnnviz.datasets import read_clips
from cnnviz.errors import AudioError, ParameterError
from tests.zoo.sweep import small
from zoo.corpus import digest_of
from zoo.sweep.grid import find_grid, read_grid
from zoo.sweep.plan import make_plan


def test_trials_have_parameters_and_the_digest_of_their_clips(
    tmp_path: Path, tones_folder: Path
) -> None:
    plan = small.plan(tmp_path / "sweep", tones_folder)

    clips = read_clips(tones_folder, sample_rate=16_000, n_samples=16_000)
    assert [trial.name for trial in plan.trials] == [
        "custom_ch8-8",
        "custom_ch8-8-bn",
        "custom_ch8-9",
        "custom_ch8-9-bn",
    ]
    # conv 1>8, 3 x 8>8, 8>16, 3 x 16>16, of 5 taps; 16 channels x 7 cells to 3 classes
    counted = 48 + 3 * 328 + 656 + 3 * 1296 + 339
    assert plan.trials[0].n_parameters == counted
    assert {trial.data_digest for trial in plan.trials} == {digest_of(clips)}


def test_limit_keeps_the_first_trials(tmp_path: Path, tones_folder: Path) -> None:
    plan = small.plan(tmp_path / "sweep", tones_folder, limit=2)

    assert [trial.name for trial in plan.trials] == ["custom_ch8-8", "custom_ch8-8-bn"]


def test_trials_that_hear_the_same_come_together(tmp_path: Path, tones_folder: Path) -> None:
    text = '[[grid]]\nnames = ["custom_ch8-8", "m5_ch32", "custom_ch8-9"]'

    plan = small.plan(tmp_path / "sweep", tones_folder, text)

    assert [trial.name for trial in plan.trials] == ["custom_ch8-8", "custom_ch8-9", "m5_ch32"]
    assert len({trial.data_digest for trial in plan.trials}) == 2


def test_classes_of_the_grid_are_kept(tmp_path: Path, tones_folder: Path) -> None:
    text = 'classes = ["low", "high"]\n[[grid]]\nnames = "custom_ch8-8"'

    two = small.plan(tmp_path / "sweep", tones_folder, text).trials[0]
    three = small.plan(tmp_path / "sweep", tones_folder).trials[0]

    assert two.n_parameters == three.n_parameters - (16 * 7 + 1)  # one row of the linear layer
    assert two.data_digest != three.data_digest


def test_a_network_too_deep_for_the_clip_names_its_block(
    tmp_path: Path, tones_folder: Path
) -> None:
    text = '[[grid]]\nfamily = "custom"\nwidth = 8\ndepth = [9, 10]'

    told = r"\[\[grid\]\] block 1: custom_ch8-10 has 10 convolutions; allowed: 1 to 9"
    with pytest.raises(ParameterError, match=told):
        small.plan(tmp_path / "sweep", tones_folder, text)


def test_a_class_that_is_not_there_gives_the_nearest(tmp_path: Path, tones_folder: Path) -> None:
    path = tmp_path / "grid.toml"
    path.write_text(small.GRID)

    with pytest.raises(ParameterError, match=r"class 'hihg' is not in data=.*; nearest: high"):
        make_plan(read_grid(path), tones_folder, classes=["low", "hihg"])


def test_data_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="does not exist"):
        small.plan(tmp_path / "sweep", tmp_path / "nowhere")


@pytest.mark.data
def test_the_study_hears_its_sixteen_words(data: Path) -> None:
    grid = read_grid(find_grid("study"))

    plan = make_plan(grid, data / "speech_commands_mini", limit=12)

    trial = next(trial for trial in plan.trials if trial.name == "baseline_fc2-5-do0.5")
    assert trial.n_parameters == 1_855_056  # as printed for 16 classes
    assert set(plan.classes) == set(grid.classes)
