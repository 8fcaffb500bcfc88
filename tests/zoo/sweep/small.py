"""A sweep of small networks over tones: four trials of a second each."""

from dataclasses import asdict
from pathlib import Path

from cnnviz.jobs import Job, Tick
from cnnviz.jobs.worker import work_through
from zoo.sweep import read_results
from zoo.sweep.folder import WORDING, SweepFolder
from zoo.sweep.grid import read_grid
from zoo.sweep.plan import Plan, make_plan
from zoo.sweep.run import Counts, run_sweep

PRECISION = "32"  # the same on every processor
GRID = """
[recipe]
epochs = 3
batch_size = 4
average_decay = 0.5

[[grid]]
family = "custom"
width = 8
depth = [8, 9]
batch_norm = [false, true]
"""


class Inline:
    """An executor without processes: the test itself is the worker."""

    def __init__(self) -> None:
        self.began: list[str] = []

    def check(self, job: Job) -> None:
        """Nothing can be missing."""

    def devices(self, job: Job) -> tuple[str, ...]:
        """The processor."""
        return ("cpu",)

    def execute(self, job: Job, tick: Tick) -> None:
        """Train here."""
        work_through(job.left, device="cpu", announce=self._note)
        tick()

    def _note(self, trial_id: str | None) -> None:
        if trial_id is not None:
            self.began.append(trial_id)


def plan(folder: Path, data: Path, text: str = GRID, **options: object) -> Plan:
    """Expand a grid written beside the sweep."""
    path = folder.with_suffix(".toml")
    path.write_text(text)
    return make_plan(read_grid(path), data, **options)  # type: ignore[arg-type]


def job(folder: Path, chosen: Plan, **options: object) -> Job:
    """All trials of a plan."""
    sweep = SweepFolder(path=folder)
    tasks = tuple(sweep.task(trial.trial_id) for trial in chosen.trials)
    return Job(folder=folder, tasks=tasks, wording=WORDING, **options)  # type: ignore[arg-type]


def sweep(
    folder: Path,
    data: Path,
    text: str = GRID,
    *,
    executor: Inline | None = None,
    retry: bool = False,
) -> Counts:
    """Run a sweep in this process."""
    chosen = plan(folder, data, text)
    return run_sweep(
        chosen,
        job(folder, chosen),
        executor or Inline(),
        precision=PRECISION,
        retry_failed=retry,
        tell=lambda counts: None,
    )


def rows(folder: Path) -> list[dict[str, object]]:
    """The table without the seconds."""
    found = [asdict(result) for result in read_results(folder)]
    return [{key: value for key, value in row.items() if key != "seconds"} for row in found]
