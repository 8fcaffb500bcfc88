"""Running a sweep: plan written down, data looked at, trials trained, table kept up to date."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from cnnviz.errors import CnnvizError, ParameterError
from cnnviz.files import write_whole
from cnnviz.jobs import Executor, Job

from ..corpus import read_corpus
from ..loggers import check as check_loggers
from ..training import Training, check
from ..training.request import multiplies_bf16
from .data import clip_format_of, clips_for
from .folder import SweepFolder
from .plan import Plan
from .results import write_results

_CHECKED = "checked.json"  # digests of corpora that were decoded without fault
_INTERVAL = 1.0  # seconds between looks at the folder


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How far a sweep is, in trials."""

    total: int
    done: int
    failed: int
    running: int

    @property
    def finished(self) -> int:
        """Trials for which nothing is left to do."""
        return self.done + self.failed


Tell = Callable[[Counts], None]


def run_sweep(
    plan: Plan,
    job: Job,
    executor: Executor,
    *,
    precision: str = "auto",
    retry_failed: bool = False,
    begin: Callable[[tuple[str, ...], str], None] = lambda _devices, _precision: None,
    tell: Tell,
) -> Counts:
    """Train what is left of a plan; what is done stays as it is.

    Parameters
    ----------
    plan
        All trials.
    job
        The same as tasks in the folder of the sweep, and with what to train them.
    executor
        Where to train.
    precision
        ``"32"``, ``"bf16"`` or ``"16"`` in all trials; ``"auto"``: what the sweep was begun with,
        else bf16 where every device is known to multiply it, else 32.
    retry_failed
        Whether trials that failed before are tried again.
    begin
        Called with the devices, as far as they are known, and the precision before the first
        trial, when all is checked; not where nothing is left.
    tell
        Called when something changed.

    Returns
    -------
    Counts
        At the end.

    Raises
    ------
    CnnvizError
        If the data cannot be used, the executor cannot start, the folder holds another sweep,
        or Ctrl-C stopped it; what was trained stays.
    """
    folder = SweepFolder(path=job.folder)
    executor.check(job)
    check_loggers(plan.loggers)
    folder.check(plan)
    devices = executor.devices(job)
    precision = _precision(precision, folder, devices)
    _check_trainings(plan, folder, devices, precision)
    checked = _check_data(plan, job)
    folder.prepare(plan, precision=precision)
    write_whole(folder.path / _CHECKED, json.dumps(checked) + "\n")
    for task in job.tasks if retry_failed else ():
        task.forget_failure()
    watch = _Watch(plan, folder, tell)
    watch.refresh()
    try:
        if job.left:
            begin(devices, precision)
            executor.execute(job, watch)
    except KeyboardInterrupt as stop:
        raise _stopped(count(plan, folder), folder) from stop
    finally:
        write_results(folder.path)
    watch.refresh()
    return watch.counts


def _precision(requested: str, folder: SweepFolder, devices: tuple[str, ...]) -> str:
    """Of all trials, so that they can be compared."""
    begun = folder.precision if folder.trial_ids else None
    if requested == "auto":
        multiply = bool(devices) and all(multiplies_bf16(device) for device in devices)
        return begun or ("bf16" if multiply else "32")
    if begun not in (None, requested):
        raise ParameterError(
            f"precision={requested!r}; allowed: {begun}, with which the sweep in {folder.path} was "
            "begun; leave --precision out, or choose another --out"
        )
    return requested


def _check_trainings(
    plan: Plan, folder: SweepFolder, devices: tuple[str, ...], precision: str
) -> None:
    """Refuse what cannot be trained on the devices, as far as they are known."""
    settings = [(device, precision) for device in sorted(set(devices))]
    for trial in plan.trials:
        for device, used in settings or [("cpu", "32")]:
            training = Training(
                name=trial.name,
                recipe=trial.recipe,
                folder=folder.run(trial.trial_id),
                device=device,
                precision=used,
            )
            check(training, resume=True)


def _stopped(counts: Counts, folder: SweepFolder) -> CnnvizError:
    return CnnvizError(
        f"sweep was stopped; {counts.done} of {counts.total} trials are done in "
        f"{folder.path}; go on with the same command"
    )


def count(plan: Plan, folder: SweepFolder) -> Counts:
    """Count the trials of a plan by status."""
    statuses = [folder.task(trial.trial_id).status for trial in plan.trials]
    return Counts(
        total=len(statuses),
        done=statuses.count("done"),
        failed=statuses.count("failed"),
        running=statuses.count("running"),
    )


class _Watch:
    """Looks at the folder now and then, tells what changed, keeps the table up to date."""

    def __init__(self, plan: Plan, folder: SweepFolder, tell: Tell) -> None:
        self._plan, self._folder, self._tell = plan, folder, tell
        self._next = 0.0
        self.counts = Counts(total=0, done=0, failed=0, running=0)

    def __call__(self) -> None:
        """Look, unless that was a moment ago."""
        if monotonic() >= self._next:
            self.refresh()
            self._next = monotonic() + _INTERVAL

    def refresh(self) -> None:
        """Look now."""
        counts = count(self._plan, self._folder)
        if counts == self.counts:
            return
        if counts.finished != self.counts.finished or not self.counts.total:
            write_results(self._folder.path)
        self.counts = counts
        self._tell(counts)


def _check_data(plan: Plan, job: Job) -> list[str]:
    """Decode every clip once, so that unusable data are told before any training starts."""
    path = job.folder / _CHECKED
    checked: list[str] = json.loads(path.read_text("utf-8")) if path.is_file() else []
    unfinished = {task.task_id for task in job.left}
    for trial in plan.trials:
        if trial.trial_id in unfinished and trial.data_digest not in checked:
            read_corpus(clips_for(clip_format_of(trial.name), plan.data, classes=plan.classes))
            checked.append(trial.data_digest)
    return checked
