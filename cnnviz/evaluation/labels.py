"""Labels of clips in terms of a model's classes: matched by name, never by position."""

from collections.abc import Sequence

import numpy as np

_CLASSES_NAMED = 5


def match_labels(
    labels: np.ndarray, clip_classes: Sequence[str], model_classes: Sequence[str]
) -> np.ndarray:
    """Turn indices into the clips' class names into indices into the model's.

    Names match exactly or, where that is unique, without regard to case and punctuation
    (``"_silence_"`` and ``"silence"``). Nothing is known of a model without class names.

    Parameters
    ----------
    labels
        Indices into `clip_classes`, (clip,); -1 where not known.
    clip_classes, model_classes
        Class names.

    Returns
    -------
    np.ndarray
        Indices into `model_classes`, int64 (clip,); -1 where the model has no such class.

    Examples
    --------
    >>> match_labels(np.array([0, 1, -1]), ["no", "bird"], ["yes", "no"])
    array([ 1, -1, -1])
    """
    labels = np.asarray(labels, dtype=np.int64)
    if not model_classes:
        return np.full_like(labels, -1)
    if not clip_classes:
        return labels
    places = [_place(name, model_classes) for name in clip_classes]
    matched: np.ndarray = np.array([*places, -1], dtype=np.int64)[np.maximum(labels, -1)]
    return matched


def _place(name: str, model_classes: Sequence[str]) -> int:
    """Index of a class name, -1 where there is none or more than one."""
    exact = [index for index, class_name in enumerate(model_classes) if class_name == name]
    loose = [
        index
        for index, class_name in enumerate(model_classes)
        if _plain(class_name) == _plain(name)
    ]
    for matches in (exact, loose):
        if len(matches) == 1:
            return matches[0]
    return -1


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def first_names(names: Sequence[str]) -> str:
    """The first of many class names, in one line."""
    return ", ".join(names[:_CLASSES_NAMED]) + (", ..." if names[_CLASSES_NAMED:] else "")
