"""What clicks, harmonics and two tones say in words, beside closed forms and untrained twins."""

import numpy as np

from cnnviz.results.distortion import UnitDistortion
from cnnviz.results.finding import Evidence, Finding, plural

RECTIFIER = float(np.sqrt((1 / 8 - 1 / np.pi**2) / (1 / 8)))
"""Total harmonic distortion of an ideal half-wave rectifier."""
_LINEAR = 1e-3
_BEYOND = 1e-3
_MIDDLE = (5.0, 95.0)


def distortion_findings(layer: UnitDistortion, level_db: float) -> tuple[Finding, ...]:
    """Findings on one layer.

    Parameters
    ----------
    layer
        With its twins, if it has any.
    level_db
        Of the tones, dB re a full-scale sine.
    """
    harmonic = _linear(layer) if layer.is_linear else _harmonics(layer, level_db)
    return (*_beyond(layer), *harmonic, *_suppressed(layer))


def _beyond(layer: UnitDistortion) -> tuple[Finding, ...]:
    """Clicks outside the receptive field that are answered: it would not be what it is said to."""
    moved = np.where(np.isfinite(layer.beyond_field), layer.beyond_field, 0.0)
    n_moved = int((moved > _BEYOND).sum())
    if not n_moved:
        return ()
    return (
        Finding(
            id=f"beyond_field:{layer.layer}",
            sentence=f"{layer.layer}: {n_moved} of {plural(len(moved), 'unit')} answer clicks "
            f"outside the receptive field, by up to {100 * moved.max():.2g} % of their largest "
            "answer inside.",
            severity="warning",
            evidence=(_number("largest share", moved.max()), _number("units", n_moved)),
            threshold=_BEYOND,
        ),
    )


def _linear(layer: UnitDistortion) -> tuple[Finding, ...]:
    """A linear path makes no harmonics."""
    known = layer.distortion[np.isfinite(layer.distortion)]
    if not len(known):
        return ()
    largest = float(known.max())
    is_held = largest < _LINEAR
    verdict = "as a linear path must" if is_held else "which no linear path does"
    return (
        Finding(
            id=f"linear_path:{layer.layer}",
            sentence=f"{layer.layer}: all steps to it are linear; {plural(len(known), 'unit')} "
            f"distort a tone by at most {largest:.1g}, {verdict} (below {_LINEAR:g}).",
            severity="note" if is_held else "problem",
            evidence=(
                _number("largest total harmonic distortion", largest),
                _number("units", len(known)),
            ),
            threshold=_LINEAR,
        ),
    )


def _harmonics(layer: UnitDistortion, level_db: float) -> tuple[Finding, ...]:
    """Of units that follow the tone; others answer its envelope, and THD says little of them."""
    known = layer.distortion[np.isfinite(layer.distortion) & ~layer.reads_mean]
    n_driven = int(np.isfinite(layer.tone_hz).sum())
    if not len(known):
        return ()
    median, (low, high) = float(np.median(known)), np.percentile(known, _MIDDLE)
    told, null, beside = _beside(layer.twin_distortion)
    return (
        Finding(
            id=f"harmonic_distortion:{layer.layer}",
            sentence=f"{layer.layer}: in {len(known)} of {plural(n_driven, 'unit')} the tone that "
            "drives each most appears more strongly than it raises the mean; median distortion, at "
            f"{level_db:g} dB re full scale, {median:.3g} re the fundamental (5 to 95 %: "
            f"{_span(low, high)}); an ideal half-wave rectifier: {RECTIFIER:.3g}{told}.",
            evidence=(
                _number("median total harmonic distortion", median),
                _number("5 %", low),
                _number("95 %", high),
                _number("units that follow the tone", len(known)),
                _number("units that a tone drives", n_driven),
                _number("ideal half-wave rectifier", RECTIFIER),
                *beside,
            ),
            null=null,
        ),
    )


def _suppressed(layer: UnitDistortion) -> tuple[Finding, ...]:
    """Said beside twins only: rectifiers and thresholds alone suppress."""
    known = layer.suppressed_area[np.isfinite(layer.suppressed_area)]
    told, null, beside = _beside(100 * layer.twin_suppressed_area)
    if not len(known) or null is None:
        return ()
    median = 100 * float(np.median(known))
    n_any = int((known > 0).sum())
    return (
        Finding(
            id=f"two_tone_suppression:{layer.layer}",
            sentence=f"{layer.layer}: a second tone lowers the response to the first by 1 dB or "
            f"more on a median of {median:.3g} % of the grid, somewhere in {n_any} of "
            f"{plural(len(known), 'unit')}{told} %.",
            evidence=(
                _number("median suppressed area", median, "%"),
                _number("units suppressed somewhere", n_any),
                _number("units", len(known)),
                *beside,
            ),
            null=null,
        ),
    )


def _beside(twins: np.ndarray) -> tuple[str, float | None, list[Evidence]]:
    """Range of the twins' medians in words, their mean, and the numbers."""
    medians = np.array([np.nanmedian(row) for row in twins if np.isfinite(row).any()])
    if not len(medians):
        return "", None, []
    told = f"; medians of untrained twins: {_span(medians.min(), medians.max())}"
    numbers = [
        _number("lowest median of a twin", medians.min()),
        _number("highest median of a twin", medians.max()),
        _number("twins", len(medians)),
    ]
    return told, float(medians.mean()), numbers


def _span(low: float, high: float) -> str:
    """``"2 to 4"``, or one number where both read alike."""
    first, last = f"{low:.3g}", f"{high:.3g}"
    return first if first == last else f"{first} to {last}"


def _number(name: str, value: float, unit: str = "") -> Evidence:
    return Evidence(name=name, value=value, unit=unit)
