"""Segments of sound, each twice between other segments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, slots=True)
class TwoContexts:
    """The same segments at the same place of sounds, between other segments.

    Parameters
    ----------
    one, other
        Sounds (segment, samples).
    start, stop
        Audio samples between which the segment lies.
    """

    one: np.ndarray
    other: np.ndarray
    start: int
    stop: int


def two_contexts(
    clips: np.ndarray,
    n_segment: int,
    *,
    n_segments: int,
    n_margin: int,
    generator: np.random.Generator,
) -> TwoContexts:
    """Cut segments out of clips and put each between others of its length, in two ways.

    Parameters
    ----------
    clips
        Sounds to cut from, (clip, samples), each as long as a segment at least.
    n_segment
        Audio samples of a segment.
    n_segments
        How many; every context is filled with others of them.
    n_margin
        Audio samples of context on each side.
    generator
        Of the places of segments and of their neighbours.
    """
    clip = np.arange(n_segments) % len(clips)
    first = generator.integers(0, clips.shape[1] - n_segment + 1, size=n_segments)
    segments = np.stack([clips[k, a : a + n_segment] for k, a in zip(clip, first, strict=True)])
    sides = -(-n_margin // n_segment)  # neighbours on each side
    made = [_between(segments, sides, n_margin, generator) for _ in range(2)]
    return TwoContexts(one=made[0], other=made[1], start=n_margin, stop=n_margin + n_segment)


def _between(
    segments: np.ndarray, sides: int, n_margin: int, generator: np.random.Generator
) -> np.ndarray:
    """Each segment with `n_margin` samples of drawn others before and behind it."""
    n_segments, n_segment = segments.shape
    out = np.empty((n_segments, 2 * n_margin + n_segment))
    for k, segment in enumerate(segments):
        others = generator.integers(0, n_segments - 1, size=2 * sides)
        others += others >= k  # never itself
        before, behind = segments[others[:sides]].ravel(), segments[others[sides:]].ravel()
        out[k] = np.concatenate([before[len(before) - n_margin :], segment, behind[:n_margin]])
    return out
