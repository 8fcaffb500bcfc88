"""What modulation transfer says in words, beside untrained twins."""

import numpy as np

from cnnviz.results.finding import Evidence, Finding, plural
from cnnviz.results.modulation_transfer import UnitModulation

_MIDDLE = (5.0, 95.0)


def modulation_findings(layer: UnitModulation, level_db: float) -> tuple[Finding, ...]:
    """Findings on one layer.

    Parameters
    ----------
    layer
        With its twins, if it has any.
    level_db
        Of the carriers, dB re a full-scale sine.
    """
    return (*_undriven(layer, level_db), *_rates(layer), *_tuned(layer))


def _undriven(layer: UnitModulation, level_db: float) -> tuple[Finding, ...]:
    n_units = len(layer.carrier_hz)
    n_undriven = int((~layer.is_measured).sum())
    if not n_undriven:
        return ()
    sentence = (
        f"{layer.layer}: {n_undriven} of {plural(n_units, 'unit')} have no modulation transfer: no "
        f"tone of {level_db:g} dB re full scale raises them, or their mean is not above zero."
    )
    evidence = (_number("units without one", n_undriven), _number("units", n_units))
    return (Finding(id=f"no_modulation:{layer.layer}", sentence=sentence, evidence=evidence),)


def _rates(layer: UnitModulation) -> tuple[Finding, ...]:
    """Median of the best rates and of the cut-offs, beside the medians of each twin."""
    best = layer.best_rate_hz[layer.is_measured]
    if not len(best):
        return ()
    low, high = np.percentile(best, _MIDDLE)
    median, n_cut = float(np.median(best)), int(np.isfinite(layer.cut_off_hz).sum())
    sentence = (
        f"{layer.layer}: {plural(len(best), 'unit')} follow amplitude modulation best at "
        f"{_span(low, high)} Hz (median {median:.3g} Hz)"
    )
    evidence = [_number("median best rate", median, "Hz"), _number("units", len(best))]
    evidence += [_number("5 %", low, "Hz"), _number("95 %", high, "Hz")]
    if n_cut:
        cut_off = float(np.nanmedian(layer.cut_off_hz))
        sentence += f"; {n_cut} of them fall by 3 dB, at a median of {cut_off:.3g} Hz"
        evidence += [_number("units that fall", n_cut), _number("median cut-off", cut_off, "Hz")]
    told, null, beside = _twins_rates(layer)
    return (
        Finding(
            id=f"modulation_rates:{layer.layer}",
            sentence=f"{sentence}{told}.",
            evidence=(*evidence, *beside),
            null=null,
        ),
    )


def _twins_rates(layer: UnitModulation) -> tuple[str, float | None, list[Evidence]]:
    """Ranges of the twins' medians in words, their mean best rate, and the numbers."""
    best = _medians(layer.twin_best_rate_hz)
    if not len(best):
        return "", None, []
    told = f"; medians of untrained twins: {_span(best.min(), best.max())} Hz"
    evidence = [_number("lowest of a twin", best.min(), "Hz")]
    evidence += [_number("highest of a twin", best.max(), "Hz")]
    cut_offs = _medians(layer.twin_cut_off_hz)
    if len(cut_offs):
        told += f", cut-offs {_span(cut_offs.min(), cut_offs.max())} Hz"
        evidence += [_number("lowest cut-off of a twin", cut_offs.min(), "Hz")]
        evidence += [_number("highest cut-off of a twin", cut_offs.max(), "Hz")]
    return told, float(best.mean()), evidence


def _tuned(layer: UnitModulation) -> tuple[Finding, ...]:
    """Units whose transfer falls below their best rate too; said beside twins only."""
    n_units, n_twins = int(layer.is_measured.sum()), len(layer.twin_best_rate_hz)
    if not n_units or not n_twins:
        return ()
    n_tuned = int(np.isfinite(layer.lower_cut_off_hz).sum())
    counts = np.isfinite(layer.twin_lower_cut_off_hz).sum(axis=1)
    return (
        Finding(
            id=f"modulation_tuned:{layer.layer}",
            sentence=f"{layer.layer}: {n_tuned} of {plural(n_units, 'unit')} are tuned to a rate "
            "of amplitude modulation (slower modulation passes 3 dB less); untrained twins: "
            f"{_span(counts.min(), counts.max())}.",
            evidence=(
                _number("tuned units", n_tuned),
                _number("units", n_units),
                _number("fewest of a twin", counts.min()),
                _number("most of a twin", counts.max()),
                _number("twins", n_twins),
            ),
            null=float(counts.mean()),
        ),
    )


def _medians(values: np.ndarray) -> np.ndarray:
    """Median of each twin that has a finite value, (twin,)."""
    return np.array([np.nanmedian(row) for row in values if np.isfinite(row).any()])


def _span(low: float, high: float) -> str:
    """``"2 to 4"``, or one number where both read alike."""
    first, last = f"{low:.3g}", f"{high:.3g}"
    return first if first == last else f"{first} to {last}"


def _number(name: str, value: float, unit: str = "") -> Evidence:
    return Evidence(name=name, value=value, unit=unit)
