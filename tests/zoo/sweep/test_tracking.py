"""All trials of a sweep are in one store."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.zoo.sweep import small
from zoo.sweep.folder import SweepFolder
from zoo.sweep.run import run_sweep

TWO = small.GRID.replace("[false, true]", "false")


def test_trials_are_runs_of_one_store_with_their_own_parameters_and_scores(
    tmp_path: Path, tones_folder: Path
) -> None:
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", exc_type=ImportError
    )
    folder = tmp_path / "sweep"
    chosen = replace(small.plan(folder, tones_folder, TWO), loggers=("tensorboard",))

    run_sweep(
        chosen,
        small.job(folder, chosen),
        small.Inline(),
        precision=small.PRECISION,
        tell=lambda counts: None,
    )

    kept = {path.name: path for path in (folder / "trackers" / "tensorboard").iterdir()}
    assert set(kept) == {f"{trial.name}-{trial.trial_id}" for trial in chosen.trials}
    for path in kept.values():
        events = accumulator.EventAccumulator(str(path)).Reload()
        assert "test_accuracy" in events.Tags()["scalars"]
    (command,) = SweepFolder(path=folder).commands
    assert command == f"tensorboard: tensorboard --logdir {folder / 'trackers' / 'tensorboard'}"
