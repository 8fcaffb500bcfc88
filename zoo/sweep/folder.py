"""The folder of a sweep: what is planned, done and failed, readable after any crash.

``sweep.json`` says the data, the precision and the loggers, whose store is ``trackers/``.
``trials/<id>/`` is the run folder of one trial, with ``trial.json`` (what it is),
``progress.json`` (time spent so far), ``error.txt`` (why it failed) and ``card.json``, without
which it is not done. Each file is written whole or not at all.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cnnviz.errors import ParameterError
from cnnviz.files import write_whole
from cnnviz.jobs import Task, Wording

from ..loggers import Tracking
from .trial import Trial, from_json, to_json

if TYPE_CHECKING:
    from .plan import Plan

WORDING = Wording(job="sweep", task="trial", advice="try a smaller batch_size")


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepFolder:
    """A folder, and the way to what is in it."""

    path: Path

    @classmethod
    def of_run(cls, run: Path) -> Self:
        """The folder of the sweep that a run folder is of."""
        return cls(path=run.parent.parent)

    @property
    def trial_ids(self) -> tuple[str, ...]:
        """Identifiers of all trials that were planned here, in alphabetical order."""
        return tuple(sorted(path.parent.name for path in self.path.glob("trials/*/trial.json")))

    @property
    def data(self) -> Path:
        """Folder of clips."""
        return Path(self._settings["data"])

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes that are kept; empty: all."""
        return tuple(self._settings["classes"])

    @property
    def precision(self) -> str:
        """Of the arithmetic in all trials."""
        return self._settings.get("precision", "32")

    def tracking(self, trial_id: str) -> Tracking:
        """Who watches a trial; all trials share a store."""
        return replace(self._tracking, run_name=f"{self.trial(trial_id).name}-{trial_id}")

    @property
    def commands(self) -> tuple[str, ...]:
        """Loggers, each with the command that shows what it keeps."""
        return self._tracking.commands

    @property
    def _tracking(self) -> Tracking:
        kinds = tuple(self._settings.get("loggers", ()))
        return Tracking(kinds=kinds, store=self.path / "trackers", run_name=self.path.name)

    @property
    def _settings(self) -> dict[str, str]:
        path = self.path / "sweep.json"
        if not path.is_file():
            raise ParameterError(
                f"{self.path} is not the folder of a sweep: it lacks sweep.json; give the folder "
                "that cnnviz zoo sweep wrote"
            )
        values: dict[str, str] = json.loads(path.read_text("utf-8"))
        return values

    def run(self, trial_id: str) -> Path:
        """Run folder of a trial."""
        return self.path / "trials" / trial_id

    def trial(self, trial_id: str) -> Trial:
        """What a trial is."""
        return from_json((self.run(trial_id) / "trial.json").read_text("utf-8"))

    def task(self, trial_id: str) -> Task:
        """The training of a trial; it tells how far it is, and why it failed."""
        return Task(
            task_id=trial_id,
            function="zoo.sweep.train:train_trial",
            folder=self.run(trial_id),
            done="card.json",
        )

    def seconds(self, trial_id: str) -> float:
        """Time spent on a trial, without what was lost in crashes."""
        path = self.run(trial_id) / "progress.json"
        return float(json.loads(path.read_text("utf-8"))["seconds"]) if path.is_file() else 0.0

    def check(self, plan: "Plan") -> None:
        """Refuse a folder that holds something else.

        Raises
        ------
        ParameterError
            If it holds a sweep over other data or classes, or no sweep at all.
        """
        if not self.path.exists() or not any(self.path.iterdir()):
            return
        if not (self.path / "sweep.json").is_file():
            raise ParameterError(
                f"out={self.path} holds something that is no sweep; allowed: an empty folder, or "
                "that of a sweep; choose another --out"
            )
        digests = {self.trial(trial_id).data_digest for trial_id in self.trial_ids}
        unknown = {trial.data_digest for trial in plan.trials} - digests
        if self.classes != plan.classes or (unknown and self.data != plan.data):
            raise ParameterError(
                f"out={self.path} holds a sweep over {self.data} with classes="
                f"{', '.join(self.classes) or 'all'}; given: {plan.data} with classes="
                f"{', '.join(plan.classes) or 'all'}; give the same, or choose another --out"
            )

    def prepare(self, plan: "Plan", *, precision: str = "32") -> None:
        """Write down a plan and its precision; what was trained here before stays."""
        self.path.mkdir(parents=True, exist_ok=True)
        values = {
            "data": str(plan.data),
            "classes": plan.classes,
            "precision": precision,
            "loggers": plan.loggers,
        }
        write_whole(self.path / "sweep.json", json.dumps(values, indent=1) + "\n")
        for trial in plan.trials:
            run = self.run(trial.trial_id)
            if not (run / "trial.json").is_file():
                run.mkdir(parents=True, exist_ok=True)
                write_whole(run / "trial.json", to_json(trial))
