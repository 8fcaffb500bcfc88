"""How far explanations of the same clips rank their moments alike: methods, and baselines."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from cnnviz.dsp.stft import rank_correlation
from cnnviz.results import Relevance, RelevanceMap
from reports.parts import Cell, Column, Group, Part, Table

_FRAME_SECONDS, _FEWEST_FRAMES, _DIGITS = 0.01, 10, 9
_TEXT = (
    "Spearman's correlation of |relevance| over the 10 ms of a clip, of each pair of explanations "
    "of the same target: between methods, and between baselines of one method. A map answers what "
    "its baseline asks; where another baseline ranks the moments otherwise, what is read off a map "
    "holds for its own. For comparison the same between different clips, which share no more than "
    "where sounds lie in their clips."
)


def agreement_parts(relevances: Sequence[Relevance], titles: Sequence[str]) -> tuple[Part, ...]:
    """A table of all pairs that explain clips in common over time; nothing without any."""
    pairs = combinations(zip(relevances, titles, strict=True), 2)
    rows = [
        (title, other_title, *measured)
        for (one, title), (other, other_title) in pairs
        if (measured := _measured(one, other)) is not None
    ]
    if not rows:
        return ()
    table = Table(
        name="explanation-agreement",
        caption="How far explanations rank the 10 ms of clips alike",
        columns=(
            Column(name="Explanation", is_row_name=True),
            Column(name="Other explanation"),
            Column(name="Clips"),
            Column(name="Median", digits=2),
            Column(name="Lowest", digits=2),
            Column(name="Median of different clips", digits=2),
        ),
        rows=tuple(rows),
    )
    title = "Do explanations agree?"
    return (Group(title=title, anchor="attribution-agreement", text=_TEXT, parts=(table,)),)


def _measured(one: Relevance, other: Relevance) -> tuple[Cell, ...] | None:
    """Clips in common, the median and lowest correlation, and the median between clips."""
    first, second = _frames(one), _frames(other)
    common = [clip for clip in first if clip in second]  # (clip index, target)
    if not common:
        return None
    alike = [_correlation(first[clip], second[clip]) for clip in common]
    apart = [_correlation(first[a], second[b]) for a in common for b in common if a != b]
    between = float(np.median(apart)) if apart else None
    return (len(common), float(np.median(alike)), float(min(alike)), between)


def _frames(relevance: Relevance) -> dict[tuple[int, str], np.ndarray]:
    """|R| of each 10 ms by clip and target; empty for maps that are not over time."""
    part = relevance.maps[0]
    if len(part.grid.times) < 2:
        return {}
    ends = _ends(part.grid.times)
    n_frames = round((ends[-1] - ends[0]) / _FRAME_SECONDS)
    if n_frames < _FEWEST_FRAMES:
        return {}
    keys = zip(relevance.clip_index.tolist(), relevance.target.words, strict=True)
    return {key: _over_time(part, row, ends, n_frames) for row, key in enumerate(keys)}


def _over_time(part: RelevanceMap, row: int, ends: np.ndarray, n_frames: int) -> np.ndarray:
    """Sum of |R| of the cells of a clip in each frame, (frame,)."""
    cells = np.abs(part.values[row], dtype=np.float64).reshape(-1, len(ends) - 1).sum(0)
    total = np.concatenate([[0.0], np.cumsum(cells)])
    edges = ends[0] + _FRAME_SECONDS * np.arange(n_frames + 1)
    return np.diff(np.interp(edges, ends, total))


def _ends(times: np.ndarray) -> np.ndarray:
    """Where cells begin and end, (cell + 1,): each reaches half-way to its neighbours."""
    middles = (times[1:] + times[:-1]) / 2
    return np.concatenate([[2 * times[0] - middles[0]], middles, [2 * times[-1] - middles[-1]]])


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's over the frames that both have; what differs by rounding alone is equal."""
    n_frames = min(len(one), len(other))
    pair = (np.round(part[:n_frames] / (part.max() or 1), _DIGITS) for part in (one, other))
    return rank_correlation(*pair)
