"""Class names for the scores of a network that names none: confirmed by the scores, or none."""

from collections.abc import Sequence

import numpy as np

from cnnviz.evaluation.class_order import FEWEST_CLASSES, compare_order
from cnnviz.evaluation.labels import first_names


def confirmed_names(
    labels: np.ndarray, clip_classes: Sequence[str], scores: np.ndarray
) -> tuple[str, ...]:
    """Class names of the clips if the scores show that they are the outputs' in this order.

    Parameters
    ----------
    labels
        Indices into `clip_classes`, (clip,); -1 where not known.
    clip_classes
        Class names of the clips.
    scores
        As the network gives them, (clip, output); clips with NaN are left out.

    Returns
    -------
    tuple of str
        One name per output; empty where nothing is confirmed.
    """
    if len(clip_classes) != scores.shape[1]:
        return ()
    known = np.where(np.isnan(scores).any(axis=1), -1, labels)
    test = compare_order(known, scores.argmax(axis=1), scores.shape[1])
    return tuple(clip_classes) if test.is_confirmed else ()


def say_unnamed(clip_classes: Sequence[str], n_scores: int) -> str:
    """Why no class has a name, and how to name them."""
    if not clip_classes:
        reason = "the clips have no labels"
    elif len(clip_classes) != n_scores:
        reason = f"the clips have {len(clip_classes)} classes ({first_names(clip_classes)})"
    elif n_scores < FEWEST_CLASSES:
        reason = f"{n_scores} classes are too few to find their order from the scores"
    else:
        reason = "the scores do not confirm that those of the clips are its own in this order"
    is_all = len(clip_classes) == n_scores <= 12
    known = f" ({', '.join(clip_classes)} in some order)" if is_all else ""
    return (
        f"the model names none of its {n_scores} classes, and {reason}; name them in the order of "
        f"its outputs with --classes A,B,...{known}"
    )
