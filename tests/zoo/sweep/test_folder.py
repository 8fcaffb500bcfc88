"""The folder of a sweep tells planned, done and failed trials apart."""

from pathlib import Path

import pytest

from cnnviz.errors import ParameterError
from cnnviz.files import write_whole
from cnnviz.jobs.claim import Claim
from tests.zoo.sweep import small
from zoo.sweep.folder import SweepFolder
from zoo.sweep.plan import Plan


@pytest.fixture
def plan(tmp_path: Path, tones_folder: Path) -> Plan:
    return small.plan(tmp_path / "grid", tones_folder)


@pytest.fixture
def folder(tmp_path: Path, plan: Plan) -> SweepFolder:
    made = SweepFolder(path=tmp_path / "sweep")
    made.prepare(plan)
    return made


def test_a_plan_comes_back_from_its_folder(folder: SweepFolder, plan: Plan) -> None:
    assert folder.trial_ids == tuple(sorted(trial.trial_id for trial in plan.trials))
    assert {folder.trial(trial_id) for trial_id in folder.trial_ids} == set(plan.trials)
    assert (folder.data, folder.classes) == (plan.data, ())


def test_a_trial_is_pending_running_failed_or_done(folder: SweepFolder) -> None:
    task = folder.task(folder.trial_ids[0])
    claim, found = Claim(task.folder), [task.status]

    claim.take(wait=False)
    found.append(task.status)
    claim.release()
    task.fail("no\nluck", "Traceback ...")
    found.append(task.status)
    write_whole(folder.run(folder.trial_ids[0]) / "card.json", "{}")
    found.append(task.status)

    assert found == ["pending", "running", "failed", "done"]


def test_a_run_folder_knows_its_sweep(folder: SweepFolder) -> None:
    assert SweepFolder.of_run(folder.run(folder.trial_ids[0])) == folder


def test_preparing_again_changes_nothing(folder: SweepFolder, plan: Plan) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.path.glob("trials/*/*")}

    folder.check(plan)
    folder.prepare(plan)

    assert before == {path: path.stat().st_mtime_ns for path in folder.path.glob("trials/*/*")}


def test_a_folder_of_something_else_is_refused(tmp_path: Path, plan: Plan) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(ParameterError, match="holds something that is no sweep"):
        SweepFolder(path=tmp_path).check(plan)


def test_a_sweep_over_other_classes_is_refused(
    folder: SweepFolder, tmp_path: Path, tones_folder: Path
) -> None:
    text = f'classes = ["low", "high"]\n{small.GRID}'

    with pytest.raises(
        ParameterError, match=r"with classes=all; given: .* classes=low, high; give"
    ):
        folder.check(small.plan(tmp_path / "other", tones_folder, text))


def test_a_folder_without_sweep_is_told(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="is not the folder of a sweep"):
        _ = SweepFolder(path=tmp_path).data
