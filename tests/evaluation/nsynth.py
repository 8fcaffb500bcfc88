"""Two printed confusion matrices (NSynth test split, rows are true classes) and their reports."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import zoo

_PRINTED = json.loads((Path(zoo.__file__).parent / "printed" / "nsynth.json").read_text("utf-8"))
INSTRUMENTS = tuple(_PRINTED["classes"])


@dataclass(frozen=True, kw_only=True)
class Printed:
    """Counts, and the rates printed beside them: accuracy in full, the others to two digits."""

    confusion: np.ndarray
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    accuracy: float


def _printed(name: str) -> Printed:
    model = _PRINTED["models"][name]
    return Printed(
        confusion=np.array(model["confusion"]),
        precision=tuple(model["precision"]),
        recall=tuple(model["recall"]),
        accuracy=model["accuracy"],
    )


PRELIMINARY, OPTIMIZED = _printed("nsynth_preliminary"), _printed("nsynth_optimized")


def unfold(confusion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels and predictions that a confusion matrix counts, each (clip,)."""
    true, predicted = np.indices(confusion.shape).reshape(2, -1)
    counts = confusion.ravel()
    return np.repeat(true, counts), np.repeat(predicted, counts)
