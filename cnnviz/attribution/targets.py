"""Which class of each clip is explained, and which one it is held against."""

import re
from collections.abc import Sequence

import numpy as np

from cnnviz.errors import ParameterError

RUNNER_UP = -1
"""Rival of a clip that is held against the largest score but its target's."""
_RANK = re.compile(r"top([1-9]\d{0,5})")


def is_of_each_clip(word: str, names: Sequence[str]) -> bool:
    """Whether a word stands for another class in each clip: predicted, label or a rank."""
    return word in ("predicted", "label") or (word not in names and bool(_RANK.fullmatch(word)))


def class_index(word: str, names: Sequence[str], n_classes: int, *, parameter: str) -> int:
    """Class that a name, an index in digits, or ``"class 3"`` where it has no name, stands for.

    Raises
    ------
    ParameterError
        If there is no such class; the text lists those there are.
    """
    if word in names:
        return list(names).index(word)
    if word.isdecimal() and int(word) < n_classes:
        return int(word)
    nameless = [k for k in range(n_classes) if k >= len(names) or not names[k]]
    if word in (as_shown := [f"class {k}" for k in nameless]):
        return nameless[as_shown.index(word)]
    if word.isdecimal():
        raise ParameterError(
            f"{parameter}={word}; allowed: 0 to {n_classes - 1}, the outputs of the network"
        )
    known = f", or one of {', '.join(filter(None, names))}" if any(names) else ""
    words = {"target": "predicted, top2, label", "against": "runner_up, predicted, label"}
    allowed = f"{words[parameter]}, " if parameter in words else ""
    raise ParameterError(
        f"{parameter}={word!r}; allowed: {allowed}an index from 0 to {n_classes - 1}{known}"
    )


def classes_of(
    word: str, scores: np.ndarray, labels: np.ndarray, names: Sequence[str], *, parameter: str
) -> np.ndarray:
    """Class of each clip that a word stands for, int (clip,).

    Parameters
    ----------
    word
        ``"predicted"``: the largest score; ``"top2"``: the second largest, and so on;
        ``"label"``: the true class, and the predicted one where that is not known; a name or an
        index: this one for all.
    scores
        (clip, class).
    labels
        Class index, (clip,); -1 where not known.
    names
        Of the classes, may be empty.
    parameter
        Whose word it is, for the error.
    """
    predicted = scores.argmax(-1)
    if word == "predicted":
        return np.asarray(predicted)
    if word == "label":
        return np.where(labels >= 0, labels, predicted)
    if is_of_each_clip(word, names):
        return _ranked(scores, int(word.removeprefix("top")), parameter=parameter)
    return np.full(len(scores), class_index(word, names, scores.shape[-1], parameter=parameter))


def _ranked(scores: np.ndarray, rank: int, *, parameter: str) -> np.ndarray:
    """Class of the so-manieth largest score of each clip, the first being 1."""
    n_classes = scores.shape[-1]
    if rank > n_classes:
        raise ParameterError(
            f"{parameter}='top{rank}'; allowed: top1 to top{n_classes}, the outputs of the network"
        )
    return np.asarray(np.argsort(-scores, axis=-1, kind="stable")[:, rank - 1])


def rivals_of(
    word: str, targets: np.ndarray, scores: np.ndarray, labels: np.ndarray, names: Sequence[str]
) -> np.ndarray:
    """Class that each target is held against, int (clip,); `RUNNER_UP` where that is the target.

    Parameters
    ----------
    word
        ``"runner_up"``, or as in `classes_of`.
    targets
        (clip,).
    scores, labels, names
        As in `classes_of`.
    """
    if word == "runner_up":
        return np.full(len(targets), RUNNER_UP)
    rivals = classes_of(word, scores, labels, names, parameter="against")
    return np.where(rivals == targets, RUNNER_UP, rivals)
