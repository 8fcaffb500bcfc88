"""Two printed confusion matrices (NSynth test split, rows are true classes) and their reports."""

from dataclasses import dataclass

import numpy as np

INSTRUMENTS = (
    *("bass", "brass", "flute", "guitar", "keyboard"),
    *("mallet", "organ", "reed", "string", "vocal"),
)


@dataclass(frozen=True, kw_only=True)
class Printed:
    """Counts, and the rates printed beside them: accuracy in full, the others to two digits."""

    confusion: np.ndarray
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    accuracy: float


PRELIMINARY = Printed(
    confusion=np.array(
        [
            [461, 14, 5, 4, 317, 0, 24, 12, 4, 2],
            [9, 153, 7, 0, 77, 0, 8, 14, 0, 1],
            [44, 43, 7, 0, 84, 0, 2, 0, 0, 0],
            [77, 25, 9, 13, 482, 0, 22, 9, 15, 0],
            [99, 12, 0, 38, 612, 0, 3, 0, 2, 0],
            [44, 0, 0, 8, 150, 0, 0, 0, 0, 0],
            [29, 82, 11, 1, 97, 0, 242, 25, 6, 9],
            [1, 62, 1, 0, 100, 0, 19, 51, 0, 1],
            [48, 44, 0, 4, 126, 0, 34, 2, 38, 10],
            [0, 10, 0, 0, 3, 0, 16, 8, 0, 104],
        ]
    ),
    precision=(0.57, 0.34, 0.17, 0.19, 0.3, 0.0, 0.65, 0.42, 0.58, 0.82),
    recall=(0.55, 0.57, 0.04, 0.02, 0.8, 0.0, 0.48, 0.22, 0.12, 0.74),
    accuracy=0.410400390625,
)
OPTIMIZED = Printed(
    confusion=np.array(
        [
            [813, 0, 0, 6, 14, 8, 2, 0, 0, 0],
            [0, 214, 4, 2, 1, 0, 16, 25, 3, 4],
            [0, 2, 163, 0, 1, 0, 11, 1, 1, 1],
            [3, 0, 0, 597, 42, 6, 1, 0, 0, 3],
            [13, 0, 0, 50, 678, 15, 6, 1, 3, 0],
            [8, 0, 0, 3, 20, 166, 5, 0, 0, 0],
            [1, 2, 3, 4, 4, 0, 456, 15, 3, 14],
            [0, 17, 1, 0, 2, 0, 11, 199, 3, 2],
            [6, 4, 1, 4, 5, 2, 10, 6, 268, 0],
            [0, 0, 0, 0, 0, 0, 2, 0, 0, 139],
        ]
    ),
    precision=(0.96, 0.9, 0.95, 0.9, 0.88, 0.84, 0.88, 0.81, 0.95, 0.85),
    recall=(0.96, 0.8, 0.91, 0.92, 0.89, 0.82, 0.91, 0.85, 0.88, 0.99),
    accuracy=0.901611328125,
)


def unfold(confusion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels and predictions that a confusion matrix counts, each (clip,)."""
    true, predicted = np.indices(confusion.shape).reshape(2, -1)
    counts = confusion.ravel()
    return np.repeat(true, counts), np.repeat(predicted, counts)
