"""The network's layers with their receptive fields, and what its channels did on the clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.evaluation.naming import say_unnamed
from cnnviz.grid import EXACT, UNKNOWN
from cnnviz.results import ChannelStatistics, Evidence, Finding, LayerRow, LayerStatistics

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.capture import Capture
    from cnnviz.run import Run
    from cnnviz.store import HeardRange

_FEWEST_UNSEEN_MS = 1.0  # unseen ends shorter than this are not worth a sentence
_OF_WHOLE_CLIPS = ("normalize", "top_db")  # settings of a frontend
_CHANNELS_NAMED = 8
_ROUNDING = 1e-6


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
        class_names = run.model.class_names if run.has_model else head.model_classes
        channels = tuple(_channel_statistics(capture, layer) for layer in capture.layers)
        findings = (
            *coverage_findings(
                head.covered, capture.n_samples, capture.sample_rate, frontend=head.frontend
            ),
            *field_findings(capture.layer_rows, capture.sample_rate),
            *silence_findings(channels, capture.n_clips),
            *(naming_findings(class_names, capture) if run.has_classes else ()),
        )
        return LayerStatistics(
            model_name=capture.provenance.model_name,
            sample_rate=capture.sample_rate,
            n_samples=capture.n_samples,
            n_parameters=head.n_parameters,
            frontend=head.frontend,
            class_names=class_names,
            layers=capture.layer_rows,
            channels=channels,
            findings=findings,
            provenance=run.provenance(self),
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:
    """Every run over clips has layers."""
    return (ChannelActivity(),) if run.has_capture else ()


def naming_findings(class_names: Sequence[str], capture: Capture) -> tuple[Finding, ...]:
    """Say that scores are shown by index where nobody named them."""
    n_scores = capture.logits.shape[1]
    if class_names:
        return ()
    finding = Finding(
        id="unnamed_classes",
        sentence=f"Scores are shown by index: {say_unnamed(capture.class_names, n_scores)}.",
        severity="warning",
        evidence=(Evidence(name="scores without a name", value=n_scores),),
    )
    return (finding,)


def channel_statistics(
    layer: str,
    mean: np.ndarray,
    maximum: np.ndarray,
    rms: np.ndarray,
    heard: HeardRange | None = None,
) -> ChannelStatistics:
    """Statistics per channel from those per clip.

    Parameters
    ----------
    layer
        Name of the layer call.
    mean, maximum, rms
        Over time within each clip, (clip, channel).
    heard
        What later layers see of each clip; None where not known.

    Returns
    -------
    ChannelStatistics
        Mean of means, largest maximum, root of the mean square, and what of it is heard;
        (channel,) each, float64. Values that differ by less than a millionth of the widest
        range of any channel count as equal.
    """
    fraction_silent, constant = np.full(mean.shape[1], np.nan), None
    if heard is not None:
        with np.errstate(invalid="ignore"):  # infinity less itself
            ranges = heard.highest.max(0).astype(np.float64) - heard.lowest.min(0)
        ranges[~np.isfinite(ranges)] = np.nan
        rounding = _ROUNDING * np.nanmax(ranges, initial=0.0)
        sizes = np.maximum(np.abs(heard.lowest), np.abs(heard.highest))
        fraction_silent, constant = np.mean(sizes <= rounding, axis=0), ranges <= rounding
    return ChannelStatistics(
        layer=layer,
        mean=mean.mean(0, dtype=np.float64),
        maximum=maximum.max(0).astype(np.float64),
        rms=np.sqrt(np.mean(np.square(rms, dtype=np.float64), axis=0)),
        fraction_silent=fraction_silent,
        constant=constant,
    )


def _channel_statistics(capture: Capture, layer: str) -> ChannelStatistics:
    mean, maximum, rms = (capture.pooled(layer, name) for name in ("mean", "max", "rms"))
    return channel_statistics(layer, mean, maximum, rms, capture.heard(layer))


def coverage_findings(
    covered: tuple[int, int] | None, n_samples: int, sample_rate: int, *, frontend: str = ""
) -> tuple[Finding, ...]:
    """Say which audio samples at the ends of a clip no output can see.

    A frontend that levels whole clips lets every audio sample reach every output that way.
    """
    if covered is None:
        return ()
    start, stop = covered
    ends = (("first", start), ("last", n_samples - stop))
    return tuple(
        _unseen(where, n_unseen, n_samples, sample_rate, frontend)
        for where, n_unseen in ends
        if 1000 * n_unseen / sample_rate >= _FEWEST_UNSEEN_MS
    )


def _unseen(where: str, n_unseen: int, n_samples: int, sample_rate: int, frontend: str) -> Finding:
    milliseconds = 1000 * n_unseen / sample_rate
    is_leveled = any(word in frontend for word in _OF_WHOLE_CLIPS)
    other = " other than by the level of the whole clip" if is_leveled else ""
    return Finding(
        id=f"unseen_samples:{where}",
        sentence=f"The {where} {milliseconds:.0f} ms of a clip ({n_unseen:,} of {n_samples:,} "
        f"audio samples) reach no output of the network{other}.",
        severity="warning",
        evidence=(
            Evidence(name="unseen", value=milliseconds, unit="ms"),
            Evidence(name="unseen", value=n_unseen, unit="audio samples"),
            Evidence(name="clip", value=n_samples, unit="audio samples"),
        ),
        threshold=_FEWEST_UNSEEN_MS,
    )


def field_findings(rows: tuple[LayerRow, ...], sample_rate: int) -> tuple[Finding, ...]:
    """Say how much sound the last layer of a known receptive field over time sees at once."""
    fields_ms = [
        row
        for row in rows
        if row.time_field is not None
        and row.time_field.status != UNKNOWN
        and row.time_field.jump > 0
        and len(row.output_shape) > 1  # flattened cells have no axis any more
    ]
    if not fields_ms:
        return ()
    last = fields_ms[-1]
    assert last.time_field is not None
    size, jump = (1000 * n / sample_rate for n in (last.time_field.size, last.time_field.jump))
    at_most = "" if last.time_field.status == EXACT else "at most "
    finding = Finding(
        id=f"receptive_field:{last.name}",
        sentence=f"{last.name}, the last layer with steps over time and a known receptive field, "
        f"sees {at_most}{size:,.4g} ms at once and moves in steps of {jump:,.4g} ms.",
        evidence=(
            Evidence(name="receptive field", value=size, unit="ms"),
            Evidence(name="step", value=jump, unit="ms"),
        ),
        fragment=f"layer={last.name}",
    )
    return (finding,)


def silence_findings(channels: tuple[ChannelStatistics, ...], n_clips: int) -> tuple[Finding, ...]:
    """Say which channels later layers see as constants, and where numbers are not finite."""
    findings = []
    for channel in channels:
        constant = np.flatnonzero(() if channel.constant is None else channel.constant)
        if len(constant):
            findings.append(_constant(channel, constant, n_clips))
        n_broken = int(np.sum(~np.isfinite(channel.rms)))
        if n_broken:
            findings.append(_broken(channel, n_broken))
    return tuple(findings)


def _constant(channel: ChannelStatistics, constant: np.ndarray, n_clips: int) -> Finding:
    listed = constant[:_CHANNELS_NAMED]
    numbers = ", ".join(map(str, listed)) + (", ..." if len(constant) > len(listed) else "")
    clips = "the only clip" if n_clips == 1 else f"all {n_clips:,} clips"
    return Finding(
        id=f"silent_channels:{channel.layer}",
        sentence=f"{channel.layer}: {len(constant)} of {len(channel.mean)} channels, after "
        f"normalisation and activation, gave later layers one value on {clips} ({numbers}).",
        severity="warning",
        evidence=(
            Evidence(name="constant", value=len(constant), unit="channels"),
            Evidence(name="layer", value=len(channel.mean), unit="channels"),
            Evidence(name="all", value=n_clips, unit="clips"),
            *(Evidence(name="index of a constant channel", value=index) for index in listed),
        ),
        fragment=f"channels-{channel.layer}",
    )


def _broken(channel: ChannelStatistics, n_broken: int) -> Finding:
    return Finding(
        id=f"not_finite:{channel.layer}",
        sentence=f"{channel.layer}: {n_broken} channels gave NaN or infinity.",
        severity="problem",
        evidence=(
            Evidence(name="not finite", value=n_broken, unit="channels"),
            Evidence(name="layer", value=len(channel.mean), unit="channels"),
        ),
        fragment=f"channels-{channel.layer}",
    )
