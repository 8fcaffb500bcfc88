"""The network's layers with their receptive fields, and what its channels did on the clips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.grid import UNKNOWN
from cnnviz.results import ChannelStatistics, LayerRow, LayerStatistics

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.capture import Capture
    from cnnviz.run import Run

_FEWEST_UNSEEN_SECONDS = 1e-3  # unseen ends shorter than this are not worth a sentence


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelActivity:
    """Statistics of each captured channel over all clips, and a census of layers.

    Reference: receptive fields after Araujo, Norris and Sim, "Computing Receptive Fields of
    Convolutional Neural Networks", Distill, 2019.

    Examples
    --------
    >>> ChannelActivity()
    ChannelActivity()
    """

    def run(self, run: Run) -> LayerStatistics:
        """Summarise a capture.

        Raises
        ------
        ParameterError
            If there is no capture.
        """
        capture = run.capture
        head = capture.head
        channels = tuple(_channel_statistics(capture, layer) for layer in capture.layers)
        findings = (
            *coverage_findings(head.covered, capture.n_samples, capture.sample_rate),
            *field_findings(capture.layer_rows, capture.sample_rate),
            *silence_findings(channels, capture.n_clips),
        )
        return LayerStatistics(
            model_name=capture.provenance.model_name,
            sample_rate=capture.sample_rate,
            n_samples=capture.n_samples,
            n_parameters=head.n_parameters,
            frontend=head.frontend,
            class_names=head.model_classes or capture.class_names,
            layers=capture.layer_rows,
            channels=channels,
            findings=findings,
            provenance=run.provenance(self),
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:
    """Every run over clips has layers."""
    return (ChannelActivity(),) if run.has_capture else ()


def channel_statistics(
    layer: str, mean: np.ndarray, maximum: np.ndarray, rms: np.ndarray
) -> ChannelStatistics:
    """Statistics per channel from those per clip.

    Parameters
    ----------
    layer
        Name of the layer call.
    mean, maximum, rms
        Over time within each clip, (clip, channel).

    Returns
    -------
    ChannelStatistics
        Mean of means, largest maximum, root of the mean square, and the share of clips on
        which the channel never rose above zero; (channel,) each, float64.
    """
    return ChannelStatistics(
        layer=layer,
        mean=mean.mean(0, dtype=np.float64),
        maximum=maximum.max(0).astype(np.float64),
        rms=np.sqrt(np.mean(np.square(rms, dtype=np.float64), axis=0)),
        fraction_silent=np.mean(maximum <= 0, axis=0),
    )


def _channel_statistics(capture: Capture, layer: str) -> ChannelStatistics:
    mean, maximum, rms = (capture.pooled(layer, name) for name in ("mean", "max", "rms"))
    return channel_statistics(layer, mean, maximum, rms)


def coverage_findings(
    covered: tuple[int, int] | None, n_samples: int, sample_rate: int
) -> tuple[str, ...]:
    """Say which audio samples at the ends of a clip no output can see."""
    if covered is None:
        return ()
    found = []
    start, stop = covered
    for n_unseen, where in ((start, "first"), (n_samples - stop, "last")):
        if n_unseen / sample_rate >= _FEWEST_UNSEEN_SECONDS:
            found.append(
                f"The {where} {1000 * n_unseen / sample_rate:.0f} ms of a clip "
                f"({n_unseen:,} of {n_samples:,} audio samples) reach no output of the network."
            )
    return tuple(found)


def field_findings(rows: tuple[LayerRow, ...], sample_rate: int) -> tuple[str, ...]:
    """Say how much sound the deepest layer with a time axis hears at once."""
    known = [
        row
        for row in rows
        if row.time_field is not None
        and row.time_field.status != UNKNOWN
        and row.time_field.jump > 0
        and len(row.output_shape) > 1  # flattened cells have no axis any more
    ]
    if not known:
        return ()
    last = known[-1]
    assert last.time_field is not None
    size, jump = (1000 * n / sample_rate for n in (last.time_field.size, last.time_field.jump))
    return (
        f"The deepest layer with a time axis, {last.name}, hears {size:,.4g} ms at once and "
        f"moves in steps of {jump:,.4g} ms.",
    )


def silence_findings(channels: tuple[ChannelStatistics, ...], n_clips: int) -> tuple[str, ...]:
    """Say which channels never rose above zero, and where numbers are not finite."""
    found = []
    for channel in channels:
        dead = np.flatnonzero(channel.fraction_silent == 1)
        if len(dead):
            some = ", ".join(str(i) for i in dead[:8]) + (", ..." if len(dead) > 8 else "")
            found.append(
                f"{channel.layer}: {len(dead)} of {len(channel.mean)} channels never rose above "
                f"zero on any of {n_clips:,} clips ({some})."
            )
        broken = int(np.sum(~np.isfinite(channel.rms)))
        if broken:
            found.append(f"{channel.layer}: {broken} channels gave NaN or infinity.")
    return tuple(found)
