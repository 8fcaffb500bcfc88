"""Which clips of a capture are explained, and for which class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.attribution.targets import class_index, classes_of, is_of_each_clip, rivals_of
from cnnviz.errors import ParameterError
from cnnviz.evaluation.labels import match_labels
from cnnviz.roles import is_ranked

if TYPE_CHECKING:
    from cnnviz.run import Run

_WRONG_SHARE = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class ChosenClips:
    """Clips to explain.

    Parameters
    ----------
    clip_index
        Positions in the run's clips, (clip,).
    waveforms
        float32 (clip, samples).
    targets, target_names
        Index of the class or output to explain and its name, (clip,).
    sample_rate
        Hz.
    class_names
        Of the network's classes or outputs; empty where not known.
    rivals
        Class that each target is held against, (clip,), -1: the runner-up; None: the runner-up
        of each.
    groups
        Speaker or recording of each clip, (clip,); empty: not known.
    labels, predictions
        True class (-1: not known) and that of the largest score, (clip,); None where the outputs
        are no classes.
    is_function
        Whether a function of the scores is explained, whose name `target_names` are.
    """

    clip_index: np.ndarray
    waveforms: np.ndarray
    targets: np.ndarray
    target_names: tuple[str, ...]
    sample_rate: int
    class_names: tuple[str, ...] = ()
    rivals: np.ndarray | None = None
    groups: tuple[str, ...] = ()
    labels: np.ndarray | None = None
    predictions: np.ndarray | None = None
    is_function: bool = False

    def at(self, places: Sequence[int]) -> ChosenClips:
        """Some of the clips, by their places among these."""
        index = np.asarray(places, dtype=np.int64)
        known = ("clip_index", "waveforms", "targets", "rivals", "labels", "predictions")
        arrays = {name: getattr(self, name) for name in known}
        of_chosen: dict[str, Any] = {
            name: None if values is None else values[index] for name, values in arrays.items()
        }
        return replace(
            self,
            target_names=tuple(self.target_names[k] for k in index),
            groups=tuple(self.groups[k] for k in index) if self.groups else (),
            **of_chosen,
        )

    def name_of(self, index: int) -> str:
        """Name of a class, or its number where it has none."""
        return self.class_names[index] or f"class {index}" if self.class_names else str(index)

    def names_of(self, classes: np.ndarray | None) -> tuple[str, ...]:
        """Name of each class; ``""`` for -1, and none at all for None."""
        known = () if classes is None else classes.tolist()
        return tuple("" if index < 0 else self.name_of(index) for index in known)


def choose_clips(
    run: Run,
    *,
    n_clips: int,
    target: str,
    against: str = "runner_up",
    clip_index: Sequence[int] = (),
) -> ChosenClips:
    """Choose the clips to explain among those whose audio the capture keeps.

    Parameters
    ----------
    run
        With a capture and a live network.
    n_clips
        How many at most.
    target
        ``"predicted"``: the output with the largest score; ``"top2"``: with the second largest,
        and so on; ``"label"``: the true class where it is known; or the name or index of an
        output, for clips spread over its range.
    against
        What a contrast takes away: ``"runner_up"``, or as `target`.
    clip_index
        Just these clips; empty: a choice of `n_clips`.

    Raises
    ------
    ParameterError
        If there is no capture or no model, the capture keeps no audio, or not of a clip that is
        named, or the network has no such output.
    UnsupportedModelError
        If the model is weights alone.
    """
    model, capture = run.network, run.capture
    scores = np.asarray(capture.logits, dtype=np.float64)  # (clip, class)
    labels = match_labels(capture.labels, capture.class_names, model.class_names)
    audio_index = _named(clip_index, np.asarray(capture.audio_index))
    n_clips = len(clip_index) or n_clips
    if is_of_each_clip(target, model.class_names):
        check_ranked(run, scores.shape[-1])
        chosen = spread_clips(scores, labels, audio_index, n_clips=n_clips)
    else:
        index = class_index(target, model.class_names, scores.shape[-1], parameter="target")
        chosen = spread_over_range(scores[:, index], audio_index, n_clips=n_clips)
    of_chosen = (scores[chosen], labels[chosen], model.class_names)
    targets = classes_of(target, *of_chosen, parameter="target")
    word = "" if run.has_classes else "output "
    names = model.class_names or tuple(f"{word}{index}" for index in range(scores.shape[-1]))
    return ChosenClips(
        clip_index=chosen,
        waveforms=np.asarray(capture.waveforms(chosen), dtype=np.float32),
        targets=targets,
        target_names=tuple(names[index] or f"class {index}" for index in targets),
        sample_rate=capture.sample_rate,
        class_names=names,
        rivals=rivals_of(against, targets, *of_chosen),
        groups=tuple(capture.clips.groups[clip] for clip in chosen),
        labels=labels[chosen] if run.has_classes else None,
        predictions=scores[chosen].argmax(-1) if run.has_classes else None,
    )


def _named(clip_index: Sequence[int], audio_index: np.ndarray) -> np.ndarray:
    """Clips to choose among: those that are named, or all with audio."""
    if not clip_index:
        return audio_index
    silent = sorted(set(clip_index) - set(audio_index.tolist()))
    if silent:
        raise ParameterError(
            f"clip_index={silent[0]} has no audio in the capture; allowed: the "
            f"{len(audio_index)} clips of audio_index; leave it out, or capture fewer clips"
        )
    return np.unique(clip_index)


def check_ranked(run: Run, n_outputs: int) -> None:
    """Refuse outputs of which no number is the predicted one."""
    if not is_ranked(run.role):
        raise ParameterError(
            f"the output of {run.model.name} is read as {run.role}, of which no number is the "
            f"predicted one; allowed: --target INDEX, 0 to {n_outputs - 1}; or say --output classes"
        )


def spread_over_range(values: np.ndarray, available: np.ndarray, *, n_clips: int) -> np.ndarray:
    """Spread a choice over the ranks of one output, from its lowest to its highest clip.

    Parameters
    ----------
    values
        Of all clips, (clip,).
    available
        Clips to choose among.
    n_clips
        How many at most.

    Returns
    -------
    np.ndarray
        Clips in rising order.

    Raises
    ------
    ParameterError
        If there is none to choose from.
    """
    check_available(available)
    ranked = available[np.argsort(values[available], kind="stable")]
    places = np.round(np.linspace(0, len(ranked) - 1, min(n_clips, len(ranked)))).astype(int)
    chosen: np.ndarray = np.sort(ranked[places])
    return chosen


def check_available(available: np.ndarray) -> None:
    """Refuse an empty choice of clips."""
    if not len(available):
        raise ParameterError("the capture keeps no audio to explain; allowed: one clip or more")


def spread_clips(
    scores: np.ndarray, labels: np.ndarray, available: np.ndarray, *, n_clips: int
) -> np.ndarray:
    """Spread a choice over classes: the most confident right clips and wrong ones.

    Up to a third are clips that the model puts in a wrong class; clips without a label count
    as right. Confidence is the distance from the largest score to the next.

    Parameters
    ----------
    scores
        (clip, class) of all clips.
    labels
        Class index, (clip,); -1 where not known.
    available
        Clips to choose among.
    n_clips
        How many at most.

    Returns
    -------
    np.ndarray
        Clips in rising order.

    Raises
    ------
    ParameterError
        If there is none to choose from.
    """
    check_available(available)
    margins = margins_of(scores[available])
    predicted, true = scores[available].argmax(-1), labels[available]
    wrong = (true >= 0) & (true != predicted)
    n_wrong = min(int(wrong.sum()), max(n_clips // _WRONG_SHARE, n_clips - int((~wrong).sum())))
    best_right = interleave(np.flatnonzero(~wrong), predicted, margins)[: n_clips - n_wrong]
    best_wrong = interleave(np.flatnonzero(wrong), true, margins)[:n_wrong]
    chosen: np.ndarray = np.sort(available[np.concatenate([best_right, best_wrong])])
    return chosen


def margins_of(scores: np.ndarray) -> np.ndarray:
    """Confidence: distance from the largest score to the next, (clip,)."""
    ranked = np.sort(scores, axis=-1)
    return np.asarray(ranked[:, -1] - ranked[:, -2] if ranked.shape[1] > 1 else ranked[:, -1])


def interleave(index: np.ndarray, groups: np.ndarray, margins: np.ndarray) -> np.ndarray:
    """Order: first the most confident of each group, then the second of each, and so on."""
    by_margin = index[np.argsort(-margins[index], kind="stable")]
    seen: dict[int, int] = {}
    ranks = np.empty(len(by_margin), dtype=np.int64)
    for place, group in enumerate(groups[by_margin]):
        ranks[place] = seen.get(int(group), 0)
        seen[int(group)] = int(ranks[place]) + 1
    return by_margin[np.argsort(ranks, kind="stable")]
