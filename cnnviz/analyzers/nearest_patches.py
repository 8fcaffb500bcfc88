"""Patches of other clips that a layer holds for most like a clip's decisive stretch; on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from cnnviz.attribution.methods.integrated_gradients import IntegratedGradients
from cnnviz.dsp.patches import Neighbours, neighbours
from cnnviz.errors import ParameterError
from cnnviz.evaluation.groups import number_groups
from cnnviz.grid import UNKNOWN
from cnnviz.parameters import Range, check_parameters
from cnnviz.results import Evidence, Finding, Relevance
from cnnviz.results.finding import plural
from cnnviz.results.nearest_patches import NearestPatches, Patches

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.capture import Capture
    from cnnviz.run import Run

_FRAME_SECONDS = 0.02
_SOUNDING = 0.1  # of the largest root mean square of a clip's frames, -20 dB


@dataclass(frozen=True, kw_only=True, slots=True)
class _ClipPatches:
    """Patches of a clip, (time, component), each of length 1 or 0, and those where sound is."""

    cells: np.ndarray
    sounding: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class PatchNeighbours:
    """Other clips that sound, to a layer, like the stretch that decided.

    A patch is what a layer holds at one time, over all channels and frequencies; patches are
    compared by their cosine, as the layer gives them. The decisive patch of a clip is that at the
    largest relevance, in frames of 20 ms. Random times that it is held against are where a clip
    sounds, in frames within 20 dB of its loudest: silence is like silence. Reference: after Chen,
    Li, Tao, Barnett, Su and Rudin, "This Looks Like That: Deep Learning for Interpretable Image
    Recognition" (2019), without its prototypes.

    Parameters
    ----------
    layer
        Captured layer with full maps over time; empty: the last one.
    n_nearest
        Most patches of each clip, one of another clip each.
    n_pairs
        Pairs of patches at random times that cosines are held against.
    seed
        Of random times.
    """

    layer: str = ""
    n_nearest: Annotated[int, Range(1)] = 3
    n_pairs: Annotated[int, Range(100)] = 1000
    seed: Annotated[int, Range(0)] = 0

    def __post_init__(self) -> None:
        check_parameters(self)

    def run(self, run: Run) -> NearestPatches:
        """Compare the decisive patch of each explained clip with all patches of other clips.

        Clips are those that were explained, by integrated gradients where several methods were;
        where none was, clips with full maps are, by integrated gradients.

        Raises
        ------
        ParameterError
            If no explained clip, or no layer over time, has full maps.
        """
        capture = run.capture
        layer, relevance = _layer(capture, self.layer), _relevance(run)
        patches = {int(clip): _patches(capture, layer, int(clip)) for clip in capture.map_index}
        places = [k for k, clip in enumerate(relevance.clip_index.tolist()) if clip in patches]
        if not places:
            raise ParameterError(
                "no explained clip has full maps; allowed: explained clips among those with maps; "
                "explain one with --clip; see: cnnviz explain --help"
            )
        clips, peaks = relevance.clip_index[places], decisive_seconds(relevance)[places]
        times = capture.grid(layer).times
        own = [patches[int(clip)].cells for clip in clips]
        cells = np.array(
            [
                int(np.abs(times[: len(one)] - peak).argmin())
                for one, peak in zip(own, peaks, strict=True)
            ]
        )
        others = _others(capture, clips)
        found = self._neighbours(patches, clips, cells, others)
        index, nearest, cosines = self._ranked(found, others)
        pairs = np.array([one.pairs_95 for one in found])
        stretches = np.array([one.stretches_95 for one in found])
        return NearestPatches(
            layer=layer,
            method=relevance.method,
            class_names=capture.class_names,
            labels=capture.labels,
            n_explained=relevance.n_clips,
            clip_seconds=capture.n_samples / capture.sample_rate,
            peaks_seconds=peaks,
            decisive=_seen(capture, layer, clips, cells),
            nearest=_seen(capture, layer, index, nearest),
            cosines=cosines,
            pairs_95=pairs,
            stretches_95=stretches,
            n_candidates=np.array([len(among) for among in others]),
            findings=_findings(layer, cosines[:, 0], pairs, stretches),
            provenance=run.provenance(self),
        )

    def _neighbours(
        self,
        patches: dict[int, _ClipPatches],
        clips: np.ndarray,
        cells: np.ndarray,
        others: Sequence[Sequence[int]],
    ) -> list[Neighbours]:
        """For each clip and its decisive cell the nearest patches of the others."""
        generator = np.random.default_rng(self.seed)
        return [
            neighbours(
                patches[int(clip)].cells[cell],
                patches[int(clip)].sounding,
                [patches[one].cells for one in among],
                drawn=[patches[one].sounding for one in among],
                n_pairs=self.n_pairs,
                generator=generator,
            )
            for clip, cell, among in zip(clips, cells, others, strict=True)
        ]

    def _ranked(
        self, found: Sequence[Neighbours], others: Sequence[Sequence[int]]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Clips, cells and cosines of the nearest patches, (explained, rank) each."""
        shape = (len(found), self.n_nearest)
        index, cells, cosines = np.full(shape, -1), np.zeros(shape, int), np.full(shape, np.nan)
        for k, one in enumerate(found):
            order = np.argsort(-one.cosines, kind="stable")[: self.n_nearest]
            index[k, : len(order)] = np.asarray(others[k], int)[order]
            cells[k, : len(order)] = one.cells[order]
            cosines[k, : len(order)] = one.cosines[order]
        return index, cells, cosines


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer takes)
    """None: it is made on request."""
    return ()


def decisive_seconds(relevance: Relevance) -> np.ndarray:
    """Centre of the 20 ms of each clip, (clip,), with the largest sum of signed relevance."""
    timed = next((one for one in relevance.maps if len(one.grid.times)), None)
    if timed is None:
        raise ParameterError(
            f"maps of {relevance.method} have no time; allowed: methods with maps over time; see: "
            "cnnviz explain --help"
        )
    values = timed.values.sum(axis=1) if timed.values.ndim == 3 else timed.values  # (clip, time)
    times = timed.grid.times
    step = float(times[1] - times[0]) if len(times) > 1 else _FRAME_SECONDS
    width = min(len(times), max(1, round(_FRAME_SECONDS / step)))
    sums = np.cumsum(np.pad(values.astype(np.float64), ((0, 0), (1, 0))), axis=1)
    frames = sums[:, width:] - sums[:, :-width]  # (clip, frame)
    centres = (times[: frames.shape[1]] + times[width - 1 :]) / 2
    return np.asarray(centres[frames.argmax(axis=1)])


def _relevance(run: Run) -> Relevance:
    """Integrated gradients of the run, else another method, else made of clips with maps."""
    explained = run.find(Relevance)
    if explained:
        return explained[0]  # in the order of the page, where integrated gradients lead
    chosen = tuple(int(clip) for clip in run.capture.map_index)
    return IntegratedGradients(clip_index=chosen, proof=False).run(run)


def _layer(capture: Capture, name: str) -> str:
    timed = [one for one in capture.map_layers if len(capture.grid(one).times) > 1]
    if not len(capture.map_index) or not timed or (name and name not in timed):
        raise ParameterError(
            f"layer={name!r}; allowed: captured layers with full maps over time: "
            f"{', '.join(timed) or 'none'}; capture more: cnnviz capture MODEL CLIPS --layer NAME"
        )
    return name or timed[-1]


def _others(capture: Capture, clips: np.ndarray) -> list[list[int]]:
    """Clips with maps that are of another speaker or recording than each of some clips."""
    groups = number_groups(capture.clips.groups, capture.n_clips)
    with_maps = capture.map_index.tolist()
    return [[one for one in with_maps if groups[one] != groups[clip]] for clip in clips]


def _patches(capture: Capture, layer: str, clip: int) -> _ClipPatches:
    """What a layer holds at each time of a clip before its padding."""
    maps = capture.maps(layer, clip)  # (channel, time) or (channel, frequency, time)
    times = capture.grid(layer).times
    n_cells = int((times <= capture.clips.durations[clip]).sum()) or len(times)
    cells = maps.reshape(-1, maps.shape[-1]).T[:n_cells].astype(np.float64)
    lengths = np.linalg.norm(cells, axis=1, keepdims=True)
    cells = cells / np.where(lengths > 0, lengths, 1.0)
    (waveform,) = capture.waveforms(np.array([clip]))
    levels = frame_levels(waveform, times[:n_cells], capture.sample_rate)
    return _ClipPatches(cells=cells, sounding=cells[levels >= _SOUNDING * levels.max()])


def frame_levels(waveform: np.ndarray, times: np.ndarray, sample_rate: int) -> np.ndarray:
    """Root mean square of a waveform, (samples,), in the 20 ms about each time, (time,).

    Examples
    --------
    >>> frame_levels(np.repeat([0.0, 3.0], 100), np.array([0.05, 0.15]), 1000)
    array([0., 3.])
    """
    energy = np.concatenate([[0.0], np.cumsum(np.float64(waveform) ** 2)])
    half, n_samples = _FRAME_SECONDS / 2, len(waveform)
    first, last = (
        np.clip(np.round((times + shift) * sample_rate).astype(int), 0, n_samples)
        for shift in (-half, half)
    )
    lengths = np.maximum(last - first, 1)
    return np.asarray(np.sqrt(np.maximum(energy[last] - energy[first], 0) / lengths))


def _seen(capture: Capture, layer: str, index: np.ndarray, cells: np.ndarray) -> Patches:
    """What cells see of their clips."""
    field = capture.grid(layer).receptive_field
    seconds = capture.n_samples / capture.sample_rate
    starts, stops = np.zeros(index.shape), np.full(index.shape, seconds)
    if field is not None and field.status != UNKNOWN:
        starts, stops = field.seconds_seen(cells, capture.n_samples, capture.sample_rate)
    is_none = index < 0
    return Patches(
        clip_index=index,
        starts=np.where(is_none, np.nan, starts),
        stops=np.where(is_none, np.nan, stops),
    )


def _findings(
    layer: str, cosines: np.ndarray, pairs: np.ndarray, stretches: np.ndarray
) -> tuple[Finding, ...]:
    """How many decisive stretches are nearer to another clip than chance has it."""
    is_known = np.isfinite(cosines)
    n, n_beyond = int(is_known.sum()), int((cosines > stretches).sum())
    if not n:
        return ()
    n_above = int((cosines > pairs).sum())
    return (
        Finding(
            id=f"nearest_patches:{layer}",
            sentence=f"{layer}: {n_beyond} of {plural(n, 'decisive stretch', 'es')} lie nearer to "
            "another clip than 95 % of the sounding stretches of their own clip do (5 % would by "
            f"chance); the nearest patch of {n_above} is more like them than 95 % of pairs at "
            "random times, which the nearest of many often is.",
            evidence=(
                Evidence(name="nearer_than_own_stretches", value=n_beyond, unit="clips"),
                Evidence(name="nearer_than_pairs", value=n_above, unit="clips"),
                Evidence(name="clips", value=n, unit="clips"),
                Evidence(name="median_cosine", value=float(np.median(cosines[is_known]))),
            ),
            null=0.05 * n,
        ),
    )
