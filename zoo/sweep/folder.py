"""The folder of a sweep: what is planned, done and failed, readable after any crash.

``sweep.json`` says the data and the precision; ``trials/<id>/`` is the run folder of one trial,
with ``trial.json`` (what it is), ``progress.json`` (time spent so far), ``error.txt`` (why it
failed) and ``card.json``, without which it is not done. Each file is written whole or not at
all.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cnnviz.errors import ParameterError
from cnnviz.files import write_whole

from .claim import is_claimed
from .trial import Trial, from_json, to_json

if TYPE_CHECKING:
    from .plan import Plan

Status = Literal["pending", "running", "done", "failed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepFolder:
    """A folder, and the way to what is in it."""

    path: Path

    @property
    def trial_ids(self) -> tuple[str, ...]:
        """Identifiers of all trials that were planned here, in alphabetical order."""
        return tuple(sorted(found.parent.name for found in self.path.glob("trials/*/trial.json")))

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

    def status(self, trial_id: str) -> Status:
        """How far a trial is."""
        run = self.run(trial_id)
        if (run / "card.json").is_file():
            return "done"
        if (run / "error.txt").is_file():
            return "failed"
        return "running" if is_claimed(run) else "pending"

    def is_finished(self, trial_id: str) -> bool:
        """Whether nothing is left to do for a trial: it is done, or it failed."""
        run = self.run(trial_id)
        return (run / "card.json").is_file() or (run / "error.txt").is_file()

    def reason(self, trial_id: str) -> str:
        """Why a trial failed, in one line; empty when it did not."""
        path = self.run(trial_id) / "error.txt"
        if (self.run(trial_id) / "card.json").is_file() or not path.is_file():
            return ""
        return path.read_text("utf-8").partition("\n")[0]

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
        known = {self.trial(trial_id).data_digest for trial_id in self.trial_ids}
        unknown = {trial.data_digest for trial in plan.trials} - known
        if self.classes != plan.classes or (unknown and self.data != plan.data):
            raise ParameterError(
                f"out={self.path} holds a sweep over {self.data} with classes="
                f"{', '.join(self.classes) or 'all'}; given: {plan.data} with classes="
                f"{', '.join(plan.classes) or 'all'}; give the same, or choose another --out"
            )

    def prepare(self, plan: "Plan", *, precision: str = "32") -> None:
        """Write down a plan and its precision; what was trained here before stays."""
        self.path.mkdir(parents=True, exist_ok=True)
        values = {"data": str(plan.data), "classes": plan.classes, "precision": precision}
        write_whole(self.path / "sweep.json", json.dumps(values, indent=1) + "\n")
        for trial in plan.trials:
            run = self.run(trial.trial_id)
            if not (run / "trial.json").is_file():
                run.mkdir(parents=True, exist_ok=True)
                write_whole(run / "trial.json", to_json(trial))

    def fail(self, trial_id: str, reason: str, traceback: str = "") -> None:
        """Record that a trial failed, and why."""
        line = " ".join(reason.split())
        write_whole(self.run(trial_id) / "error.txt", f"{line}\n\n{traceback}".rstrip() + "\n")

    def forget_failure(self, trial_id: str) -> None:
        """Let a failed trial be tried again."""
        (self.run(trial_id) / "error.txt").unlink(missing_ok=True)
