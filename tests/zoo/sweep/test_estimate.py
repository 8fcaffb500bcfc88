"""The time of a sweep, from timed steps: sums by hand, and a clock that is not one."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.zoo.sweep import small
from zoo.recipe import Recipe
from zoo.sweep import estimate as estimating
from zoo.sweep.data import ClipCounts
from zoo.sweep.estimate import Estimate, duration, estimate, in_words, trial_seconds
from zoo.training import Training
from zoo.training.timing import StepTimes, time_steps

SEEDS = "seeds = [0, 1]\n" + small.GRID


def _by_depth(training: Training, class_names: tuple[str, ...], n_samples: int) -> StepTimes:
    """A second per step of eight convolutions, three of nine."""
    assert (class_names, n_samples) == (("high", "low", "middle"), 16_000)
    return StepTimes(training=1.0 if "-8" in training.name else 3.0, validation=0.5)


def test_each_trial_is_its_steps_and_batches(tmp_path: Path, tones_folder: Path) -> None:
    plan = small.plan(tmp_path / "sweep", tones_folder)
    names = {trial.trial_id: trial.name for trial in plan.trials}

    found = estimate(plan, names, device="cpu", timed=_by_depth)

    # 12 training clips are 3 steps of 4, 3 of validation and 3 of test are a batch each
    deep, deeper = 3 * (3 * 1.0 + 0.5) + 2 * 0.5, 3 * (3 * 3.0 + 0.5) + 2 * 0.5
    assert {names[key]: seconds for key, seconds in found.seconds.items()} == pytest.approx(
        {"custom_ch8-8": deep, "custom_ch8-8-bn": deep}
        | {"custom_ch8-9": deeper, "custom_ch8-9-bn": deeper}
    )
    assert found.total == pytest.approx(2 * deep + 2 * deeper)


def test_seeds_share_a_configuration_and_only_what_is_left_counts(
    tmp_path: Path, tones_folder: Path
) -> None:
    plan = small.plan(tmp_path / "sweep", tones_folder, SEEDS)
    left = [trial.trial_id for trial in plan.trials][2:]

    found = estimate(plan, left, device="cpu", timed=_by_depth)

    assert set(found.seconds) == set(left)
    assert (len(left), found.n_timed, found.n_configurations) == (6, 3, 3)


def test_many_configurations_are_timed_in_part_and_the_others_lie_between(
    tmp_path: Path, tones_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimating, "MOST_TIMED", 2)
    plan = small.plan(tmp_path / "sweep", tones_folder, small.GRID.replace("8, 9", "7, 8, 9"))
    times: Iterator[float] = iter([1.0, 4.0])

    found = estimate(
        plan,
        [trial.trial_id for trial in plan.trials],
        device="cpu",
        timed=lambda *_: StepTimes(training=next(times), validation=1e-9),
    )

    ordered = sorted(found.seconds.values())
    assert (found.n_timed, found.n_configurations) == (2, 6)
    assert (ordered[0], ordered[-1]) == pytest.approx((3 * 3 * 1.0, 3 * 3 * 4.0))
    assert all(below <= above for below, above in pairwise(ordered))
    assert len({round(seconds, 6) for seconds in ordered}) == 3  # batch norm costs none here


def test_folds_are_trainings_of_their_own() -> None:
    counts = ClipCounts(
        n_train=8, n_validation=0, n_test=4, n_trainings=3, n_samples=9, class_names=("a", "b")
    )
    times = StepTimes(training=2.0, validation=0.25)

    found = trial_seconds(Recipe(epochs=5, batch_size=4), counts, times)

    assert found == 3 * (5 * 2 * 2.0 + 0.25)


def test_the_step_that_warms_up_is_left_out(tmp_path: Path) -> None:
    ticks = iter([0, 100, 200, 202, 300, 303, 400, 407, *range(1000, 1100)])  # 100, 2, 3, 7 s
    training = Training(
        name="custom_ch4-5",
        recipe=Recipe(batch_size=2),
        folder=tmp_path / "nowhere",
        device="cpu",
        precision="32",
    )

    found = time_steps(training, ("a", "b"), 16_000, clock=lambda: float(next(ticks)))

    assert found == StepTimes(training=3.0, validation=1.0)
    assert list(tmp_path.iterdir()) == []


def test_the_sentence_says_that_it_is_an_estimate_and_from_what() -> None:
    found = Estimate(
        seconds={"a": 3600.0, "b": 7200.0}, device="cpu", n_timed=12, n_configurations=90
    )

    assert in_words(found, 2) == (
        "estimate: 3.0 h of training one trial after another, 1.5 h with 2 workers; from "
        "3 steps, timed on cpu after 1 to warm up, of each of 12 configurations of 90, the others "
        "by their multiplications; early stopping makes it shorter, start-up, reading clips and "
        "other work on the machine longer"
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (89, "89 s"), (90, "1.5 min"), (172_800, "2.0 days")]
)
def test_durations_have_two_digits(seconds: float, text: str) -> None:
    assert duration(seconds) == text
