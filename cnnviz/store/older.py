"""Records of older files as today's types.

Each function takes the fields of a record as an older version wrote them, and gives the record
of today. A field that only lacks a default needs no function: it takes that default.
"""

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from types import MappingProxyType, SimpleNamespace
from typing import Any

import numpy as np

from cnnviz.clips import ClipTable
from cnnviz.grid import ReceptiveField, time_grid
from cnnviz.results import (
    Bank,
    ChannelOrder,
    Checks,
    ClipGallery,
    Evaluation,
    Evidence,
    Finding,
    InputKernels,
    LayerStatistics,
    Modulation,
    Relevance,
    RelevanceMap,
    Responses,
    Target,
)
from cnnviz.store.head import CaptureHead

Fields = dict[str, Any]
_OF_CLIPS = ("names", "labels", "class_names", "splits", "notes", "durations", "skipped")
_WRITTEN_BY = Evidence(name="result format", value=1)


def as_findings(sentences: Iterable[str]) -> tuple[Finding, ...]:
    """Sentences of format 1 as notes; the numbers they followed from were not kept.

    Examples
    --------
    >>> [(one.sentence, one.severity) for one in as_findings(("2 filters repeat.",))]
    [('2 filters repeat.', 'note')]
    """
    return tuple(
        Finding(id=f"older:{_digest(sentence)}", sentence=sentence, evidence=(_WRITTEN_BY,))
        for sentence in sentences
    )


def upgrade_filter_bank(fields: Fields) -> Bank:
    """Give the bank of a flat ``FilterBank``, whose empty arrays and NaN stood for absence."""
    old = SimpleNamespace(**fields)
    kernels = InputKernels(
        taps=old.kernels,
        seconds=_array_or_none(old.kernel_seconds),
        offset=_number_or_none(old.kernel_offset),
        jump=_number_or_none(old.kernel_jump),
    )
    return Bank(
        layer=old.layer,
        kind=old.kind,
        description=old.description,
        policy=old.policy,
        sample_rate=_number_or_none(old.sample_rate),
        taps=old.taps,
        tap_seconds=_array_or_none(old.tap_seconds),
        responses=_responses(old, kernels) if old.frequencies.size else None,
        modulation=_modulation(old, kernels) if old.modulation.size else None,
        channels=ChannelOrder(index=old.channel_order, centre_hz=old.channel_centre_hz)
        if old.channel_order.size
        else None,
        order=old.order,
        table=old.table,
        findings=as_findings(old.findings),
    )


def _responses(old: SimpleNamespace, kernels: InputKernels) -> Responses:
    return Responses(
        kernels=kernels,
        frequencies=old.frequencies,
        magnitudes_db=old.magnitudes_db,
        phases=old.phases,
        group_delays=old.group_delays,
        channel_magnitudes_db=_array_or_none(old.channel_magnitudes_db),
    )


def _modulation(old: SimpleNamespace, kernels: InputKernels) -> Modulation:
    """Modulation of a flat bank; kernels (filter, frequency, time) were those it was made from."""
    return Modulation(
        values=old.modulation,
        rates=old.rates,
        scales=old.scales,
        rate_unit=old.rate_unit,
        scale_unit=old.scale_unit,
        reference_hz=old.reference_hz,
        kernels=kernels if kernels.taps.ndim == 3 else None,
    )


def _array_or_none(array: np.ndarray) -> np.ndarray | None:
    return array if array.size else None


def _number_or_none(number: float) -> float | None:
    return number if np.isfinite(number) else None


def _digest(sentence: str) -> str:
    return sha256(sentence.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _with_findings(record: Callable[..., object]) -> Callable[[Fields], object]:
    """Upgrade of a record that had sentences and has findings."""

    def upgraded(fields: Fields) -> object:
        findings = as_findings(fields["findings"])
        return record(**fields | {"findings": findings})

    return upgraded


def upgrade_attribution(old: Fields) -> Relevance:
    """Read an attribution; the bins of its STFT, of even window, end at half the sample rate."""
    sample_rate = round(2 * float(old["grid"].frequencies[-1]))
    samples = time_grid(ReceptiveField(), old["waveform"].shape[1], sample_rate)
    is_path = old["method"] == "integrated_gradients"
    same = ("method", "clip_index", "output", "scores", "baseline_scores", "baseline", "provenance")
    return Relevance(
        **{name: old[name] for name in same},
        target=Target(words=old["target_names"], class_index=old["targets"]),
        sample_rate=sample_rate,
        maps=(
            RelevanceMap(domain="samples", values=old["waveform"], grid=samples),
            RelevanceMap(domain="stft", values=old["time_frequency"], grid=old["grid"]),
        ),
        promises_completeness=is_path,
        checks=Checks(
            completeness_errors=old["completeness_errors"],
            converged=old["converged"] if is_path else None,
            energy_correlations=old["energy_correlations"],
        ),
        n_steps=old["n_steps"] if is_path else None,
        findings=tuple(
            _unconverged(old["method"], int(old["clip_index"][k]), old["completeness_errors"][k])
            for k in np.flatnonzero(~old["converged"])
        ),
    )


def _unconverged(method: str, clip: int, error: float) -> Finding:
    """What a page said of a clip that did not converge."""
    return Finding(
        id=f"completeness:{clip}",
        sentence=f"Not converged: completeness error {100 * error:.2g} %.",
        severity="problem",
        evidence=(Evidence(name="completeness error", value=error),),
        fragment=f"attribution={clip}:{method}",
    )


def _with_table(fields: Fields) -> Fields:
    """Columns of clips that stood beside the other fields, as one table."""
    digest = fields.pop("clips_digest", "") or fields["provenance"].clips_digest
    columns = {name: fields.pop(name) for name in _OF_CLIPS}
    return {**fields, "clips": ClipTable(**columns, digest=digest)}


def _clip_gallery(fields: Fields) -> ClipGallery:
    """Its waveforms stand in the capture too."""
    del fields["waveforms"]
    return ClipGallery(**_with_table(fields))


UPGRADES: Mapping[str, Callable[[Fields], object]] = MappingProxyType(
    {
        "Attribution": upgrade_attribution,
        "CaptureHead": lambda fields: CaptureHead(**_with_table(fields)),
        "ClipGallery": _clip_gallery,
        "Evaluation": _with_findings(Evaluation),
        "FilterBank": upgrade_filter_bank,
        "LayerStatistics": _with_findings(LayerStatistics),
    }
)
"""By the name of the type in files of format 1."""
