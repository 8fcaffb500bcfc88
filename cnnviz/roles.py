"""What a network's output is for: its role, and what may be said of it."""

from collections.abc import Sequence

ROLES = ("classes", "tags", "frames", "regression", "embedding", "waveform")
"""One class of several; independent tags; scores over time; numbers; a vector; sound."""
UNKNOWN = "unknown"
_RANKED = ("classes", "tags", "frames", UNKNOWN)


def score_unit(role: str, output: str) -> str:
    """What the numbers of an output are; ``"1"`` where they are scores of nothing known."""
    return "1" if output in ("", "values") or (role == UNKNOWN and output == "logits") else output


def has_classes(role: str, class_names: Sequence[str]) -> bool:
    """Whether the outputs are classes of which each clip has one.

    Those of frames, or of a role that nobody knows, are where they have names.

    Examples
    --------
    >>> has_classes("embedding", ("a", "b")), has_classes("unknown", ("a", "b"))
    (False, True)
    """
    return role == "classes" or (role in ("frames", UNKNOWN) and bool(class_names))


def is_ranked(role: str) -> bool:
    """Whether the largest output of a clip means more than the others."""
    return role in ("", *_RANKED)


def is_same_role(of_result: str, of_capture: str) -> bool:
    """Whether a result reads the output as a capture does; older ones do not say.

    An output that nobody knew may have become that of a classifier.
    """
    found = ("classes",) if of_capture == UNKNOWN else ()
    return not of_result or not of_capture or of_result in (of_capture, *found)
