"""Sweeps: nothing is trained twice, a failure stops nobody, bad data stop before training."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from cnnviz.errors import AudioError, CnnvizError, ParameterError
from cnnviz.jobs import Job, Tick
from tests.zoo import tones
from tests.zoo.sweep import small
from zoo.sweep import read_results
from zoo.sweep.folder import SweepFolder
from zoo.sweep.run import Counts, run_sweep

TWO = '[recipe]\nepochs = 1\nbatch_size = 4\n[[grid]]\nnames = ["custom_ch8-8", "custom_ch8-9"]'


def _mtimes(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.glob("trials/*/**/*")}


def test_a_finished_sweep_trains_nothing_again(finished_sweep: Path, tones_folder: Path) -> None:
    before, executor = _mtimes(finished_sweep), small.Inline()

    counts = small.sweep(finished_sweep, tones_folder, executor=executor)

    assert counts == Counts(total=4, done=4, failed=0, running=0)
    assert executor.began == []
    assert _mtimes(finished_sweep) == before


def test_a_larger_grid_trains_what_is_new(tmp_path: Path, tones_folder: Path) -> None:
    small.sweep(tmp_path / "sweep", tones_folder, TWO.replace(', "custom_ch8-9"', ""))
    executor = small.Inline()

    small.sweep(tmp_path / "sweep", tones_folder, TWO, executor=executor)

    names = {result.trial_id: result.name for result in read_results(tmp_path / "sweep")}
    assert [names[trial_id] for trial_id in executor.began] == ["custom_ch8-9"]


def test_a_failed_trial_is_recorded_and_the_others_go_on(
    tmp_path: Path, tones_folder: Path
) -> None:
    folder, chosen = tmp_path / "sweep", small.plan(tmp_path / "sweep", tones_folder, TWO)
    job = small.job(folder, chosen)
    SweepFolder(path=folder).prepare(chosen)
    (job.tasks[0].folder / "last.ckpt").write_bytes(b"no checkpoint")

    counts = small.sweep(folder, tones_folder, TWO)

    assert counts == Counts(total=2, done=1, failed=1, running=0)
    failed = next(result for result in read_results(folder) if result.status == "failed")
    assert failed.name == "custom_ch8-8"
    assert failed.reason
    assert failed.test_accuracy is None
    assert "Traceback" in (folder / failed.folder / "error.txt").read_text()


def test_failures_are_tried_again_on_demand(tmp_path: Path, tones_folder: Path) -> None:
    folder, chosen = tmp_path / "sweep", small.plan(tmp_path / "sweep", tones_folder, TWO)
    SweepFolder(path=folder).prepare(chosen)
    for task in small.job(folder, chosen).tasks:
        task.fail("power cut")

    left_alone = small.sweep(folder, tones_folder, TWO)
    again = small.sweep(folder, tones_folder, TWO, retry=True)

    assert (left_alone.failed, again.failed, again.done) == (2, 0, 2)


class _CtrlC(small.Inline):
    """Trains the first trial, then is stopped."""

    def execute(self, job: Job, tick: Tick) -> None:
        """Stop at the second."""
        super().execute(replace(job, tasks=job.tasks[:1]), tick)
        raise KeyboardInterrupt


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(
    tmp_path: Path, tones_folder: Path
) -> None:
    folder = tmp_path / "sweep"

    with pytest.raises(
        CnnvizError, match=r"sweep was stopped; 1 of 2 trials are done in .*; go on"
    ):
        small.sweep(folder, tones_folder, TWO, executor=_CtrlC())

    rows = json.loads((folder / "results.json").read_text())
    assert [row["status"] for row in rows] == ["done", "pending"]


def test_each_change_is_told_once(tmp_path: Path, tones_folder: Path) -> None:
    told: list[Counts] = []
    chosen = small.plan(tmp_path / "sweep", tones_folder, TWO)

    job = small.job(tmp_path / "sweep", chosen)
    run_sweep(chosen, job, small.Inline(), precision=small.PRECISION, tell=told.append)

    assert (told[0].finished, told[-1].done) == (0, 2)
    assert all(one != other for one, other in pairwise(told))


@pytest.mark.parametrize(
    ("spoil", "error", "told"),
    [
        ("one class", ParameterError, "n_classes=1; allowed: two or more"),
        ("unreadable", AudioError, "cannot be decoded"),
        ("no test", ParameterError, "has no test clips"),
    ],
)
def test_bad_data_are_told_before_any_training(
    tmp_path: Path, spoil: str, error: type[CnnvizError], told: str
) -> None:
    data, folder = tones.write(tmp_path / "tones"), tmp_path / "sweep"
    if spoil == "one class":
        for name in ("low", "middle"):
            for path in (data / name).iterdir():
                path.unlink()
            (data / name).rmdir()
        for path in data.glob("*.txt"):
            path.write_text("".join(f"{x}\n" for x in path.read_text().split() if "high" in x))
    elif spoil == "unreadable":
        (data / "low" / "3.wav").write_bytes(b"RIFF no sound")
    else:
        (data / "test.txt").write_text("")

    with pytest.raises(error, match=told):
        small.sweep(folder, data, TWO)

    assert not folder.exists()


def test_a_recipe_that_does_not_go_with_a_network_is_told_before_any_training(
    tmp_path: Path, tones_folder: Path
) -> None:
    text = TWO + "\n[grid.recipe.augmentation]\ntime_masks = 1"

    with pytest.raises(ParameterError, match=r"time_masks=1; allowed: 0, because custom_ch8-8"):
        small.sweep(tmp_path / "sweep", tones_folder, text)

    assert not (tmp_path / "sweep").exists()


def test_a_sweep_has_one_precision_that_it_keeps(
    tmp_path: Path, tones_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sweep"
    chosen = small.plan(folder, tones_folder, TWO)

    for limit, multiplies in ((1, True), (2, False)):  # as if it goes on elsewhere
        capabilities = {"amx_bf16": multiplies}
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda found=capabilities: found)
        some = replace(chosen, trials=chosen.trials[:limit])
        run_sweep(some, small.job(folder, some), small.Inline(), tell=lambda counts: None)

    cards = [json.loads(path.read_text()) for path in folder.glob("trials/*/card.json")]
    assert [card["precision"] for card in cards] == ["bf16", "bf16"]


def test_another_precision_than_that_of_the_sweep_is_refused(
    finished_sweep: Path, tones_folder: Path
) -> None:
    chosen = small.plan(finished_sweep, tones_folder)
    job = small.job(finished_sweep, chosen)

    with pytest.raises(ParameterError, match="precision='bf16'; allowed: 32, with which the sweep"):
        run_sweep(chosen, job, small.Inline(), precision="bf16", tell=lambda counts: None)


def test_a_precision_that_a_device_cannot_do_is_told_before_anything_is_written(
    tmp_path: Path, tones_folder: Path
) -> None:
    folder = tmp_path / "sweep"
    chosen = small.plan(folder, tones_folder, TWO)
    job = small.job(folder, chosen)

    with pytest.raises(ParameterError, match="precision='16' on the cpu; allowed: 32 or bf16"):
        run_sweep(chosen, job, small.Inline(), precision="16", tell=lambda counts: None)

    assert not folder.exists()
