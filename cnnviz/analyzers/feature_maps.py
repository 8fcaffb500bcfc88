"""Feature maps of a few clips at the resolution of a screen, with exact times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np

from cnnviz.analyzers._map_activity import map_activity, seen_steps
from cnnviz.defaults import N_SHOWN
from cnnviz.errors import ParameterError
from cnnviz.filterbanks import channel_centres
from cnnviz.grid import UNKNOWN, Grid, ReceptiveField
from cnnviz.parameters import Range, check_parameters
from cnnviz.results import FeatureMaps, LayerMaps

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.capture import Capture
    from cnnviz.run import Run

_N_ORDERED = 2  # layers in order of frequency: composites of deeper ones take hundreds of MB


@dataclass(frozen=True, kw_only=True, slots=True)
class DisplayMaps:
    """Full maps thinned for display: in each bin the value of largest magnitude, with its sign.

    A mean would hide short events and a maximum would hide inhibition; the peak keeps both.
    Each bin lies at the middle of the receptive-field centres of its cells, so that events
    stand where they sound, which stretching a map over the clip does not achieve.
    Beside them, how sparsely each channel responds and whether to onsets, as later layers see it.
    References: receptive fields after Araujo, Norris and Sim, "Computing Receptive Fields of
    Convolutional Neural Networks", Distill, 2019; sparseness after Rolls and Tovee, "Sparseness
    of the Neuronal Representation of Stimuli in the Primate Temporal Visual Cortex" (1995).

    Parameters
    ----------
    n_clips
        Most clips to show, evenly taken from those whose maps are kept.
    n_bins
        Most bins along time.
    """

    n_clips: Annotated[int, Range(1)] = N_SHOWN
    n_bins: Annotated[int, Range(1)] = 500

    def __post_init__(self) -> None:
        check_parameters(self)

    def run(self, run: Run) -> FeatureMaps:
        """Read and thin the maps of a capture.

        Raises
        ------
        ParameterError
            If there is no capture, or it keeps no full maps.
        """
        capture = run.capture
        if not len(capture.map_index):
            raise ParameterError(
                "the capture keeps no full maps; allowed: those of one clip or more; capture again "
                "with --maps 12"
            )
        clip_index = _few(capture, self.n_clips)
        first = capture.map_layers[:_N_ORDERED]
        centres = channel_centres(run.model if run.has_model else None, first)
        steps = seen_steps(run.model if run.has_model else None, capture)
        layers = tuple(
            replace(
                _layer_maps(
                    capture, layer, clip_index, n_bins=self.n_bins, centres=centres.get(layer)
                ),
                activity=map_activity(capture, layer, clip_index, steps[layer])
                if layer in steps
                else None,
            )
            for layer in capture.map_layers
        )
        return FeatureMaps(clip_index=clip_index, layers=layers, provenance=run.provenance(self))


def in_report(run: Run) -> tuple[Analyzer, ...]:
    """Every run over clips shows its maps."""
    return (DisplayMaps(),) if run.has_capture else ()


def peaks(maps: np.ndarray, n_bins: int) -> np.ndarray:
    """Thin the time axis: in each bin the value of largest magnitude, with its sign.

    Parameters
    ----------
    maps
        (..., time).
    n_bins
        Most bins; `bin_size` cells fall into each but the last.

    Returns
    -------
    np.ndarray
        (..., ceil(time / bin_size)), of the same type.

    Examples
    --------
    >>> peaks(np.array([1.0, -3.0, 2.0, 0.5]), 2)
    array([-3.,  2.])
    """
    size = bin_size(maps.shape[-1], n_bins)
    if size == 1:
        return maps
    starts = np.arange(0, maps.shape[-1], size)
    high = np.maximum.reduceat(maps, starts, axis=-1)
    low = np.minimum.reduceat(maps, starts, axis=-1)
    return np.where(-low > high, low, high)


def bin_size(n_cells: int, n_bins: int) -> int:
    """Fewest cells per bin so that there are at most `n_bins` bins."""
    return max(1, -(-n_cells // n_bins))


def thinned_grid(grid: Grid, n_bins: int, sample_rate: int) -> Grid:
    """Axes of thinned maps; the receptive field is that of a whole bin.

    Parameters
    ----------
    grid
        Of the full maps.
    n_bins
        As in `peaks`.
    sample_rate
        Hz of the audio the receptive field is counted in.
    """
    size = bin_size(len(grid.times), n_bins)
    if size == 1:
        return grid
    n_thin = -(-len(grid.times) // size)
    field = grid.receptive_field
    if field is None or field.status == UNKNOWN:
        starts = np.arange(0, len(grid.times), size)
        counts = np.diff([*starts, len(grid.times)])
        times = np.add.reduceat(grid.times, starts) / counts
        return Grid(times=times, frequencies=grid.frequencies, receptive_field=field)
    whole: ReceptiveField = field.through(size, stride=size)
    return Grid(
        times=whole.centres(n_thin) / sample_rate,
        frequencies=grid.frequencies,
        receptive_field=whole,
    )


def _layer_maps(
    capture: Capture,
    layer: str,
    clip_index: np.ndarray,
    *,
    n_bins: int,
    centres: np.ndarray | None,
) -> LayerMaps:
    maps = np.stack([peaks(capture.maps(layer, int(i)), n_bins) for i in clip_index])
    n_channels = maps.shape[1]  # (clip, channel, [frequency,] time)
    if centres is None or len(centres) != n_channels:
        centres = np.full(n_channels, np.nan)
    return LayerMaps(
        layer=layer,
        maps=maps.astype(np.float32),
        grid=thinned_grid(capture.grid(layer), n_bins, capture.sample_rate),
        order=np.argsort(centres, kind="stable"),
        channel_centre_hz=centres,
    )


def _few(capture: Capture, n_clips: int) -> np.ndarray:
    """Clips spread over the classes again, as `map_index` itself is."""
    recorded = capture.map_index
    if len(recorded) <= n_clips:
        return np.array(recorded)
    order = np.argsort(capture.clips.labels[recorded], kind="stable")
    places = np.round(np.linspace(0, len(recorded) - 1, n_clips)).astype(int)
    return np.sort(recorded[order][places])
