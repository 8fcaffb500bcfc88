"""Tuning curves in a few numbers: best frequency, thresholds, sharpness, growth with level.

Responses are those of units to tones, (unit, frequency, level); frequencies rise, levels rise in
dB re a full-scale sine. A threshold curve joins the levels at which a unit reaches a criterion
(iso-response contour; the frequency of its lowest point is the characteristic frequency, and Q10
that frequency over the width 10 dB above it: Kiang, Watanabe, Thomas and Clark, "Discharge
Patterns of Single Fibers in the Cat's Auditory Nerve", 1965).
"""

from dataclasses import dataclass

import numpy as np

DEPTH_DB = 30.0
"""Below their peak, as far as curves are compared."""
_LOWEST = 1e-30
_HALF_POWER = np.sqrt(0.5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Curve:
    """Extremum of curves over frequency and the band about it, each (unit,), in Hz.

    `width` is NaN where the band runs to an end of the frequencies.
    """

    place: np.ndarray
    width: np.ndarray


def threshold_levels(peaks: np.ndarray, levels_db: np.ndarray, criterion: np.ndarray) -> np.ndarray:
    """Levels in dB at which responses first reach a criterion, (unit, frequency).

    Between levels the response is a straight line over amplitude: exact for a linear unit behind a
    rectifier with a threshold.

    Parameters
    ----------
    peaks
        Largest response over time, less that to silence, (unit, frequency, level).
    levels_db
        Rising, (level,).
    criterion
        Of each unit, above 0, (unit,).

    Returns
    -------
    np.ndarray
        NaN where no level reaches it, and where the softest one already does.
    """
    amplitudes = 10 ** (levels_db / 20)
    reached = peaks >= criterion[:, None, None]
    first = np.argmax(reached, axis=2)
    above = np.maximum(first, 1)[..., None]
    high, low = (np.take_along_axis(peaks, k, axis=2)[..., 0] for k in (above, above - 1))
    step = np.where(high > low, high - low, 1.0)
    share = np.clip((criterion[:, None] - low) / step, 0.0, 1.0)
    right, left = amplitudes[above[..., 0]], amplitudes[above[..., 0] - 1]
    levels = 20 * np.log10(left + share * (right - left))
    return np.asarray(np.where(reached.any(axis=2) & (first > 0), levels, np.nan))


def characteristic(thresholds_db: np.ndarray, frequencies: np.ndarray) -> Curve:
    """Lowest point of threshold curves (unit, frequency), and the width 10 dB above it."""
    depths = np.where(np.isfinite(thresholds_db), -thresholds_db, -np.inf)
    return _about_maximum(depths, frequencies, limit=depths.max(axis=1) - 10.0)


def best(responses: np.ndarray, frequencies: np.ndarray) -> Curve:
    """Highest point of responses (unit, frequency), at least 0, and the width at 3 dB below."""
    return _about_maximum(responses, frequencies, limit=_HALF_POWER * responses.max(axis=1))


def _about_maximum(levels: np.ndarray, frequencies: np.ndarray, *, limit: np.ndarray) -> Curve:
    """Maxima of curves and where they fall to a limit, lines over log-frequency in between."""
    octaves, top = np.log2(frequencies), np.argmax(levels, axis=1)
    below = ~(levels >= limit[:, None])
    bins = np.arange(len(frequencies))
    left, right = below & (bins < top[:, None]), below & (bins > top[:, None])
    start = len(frequencies) - 1 - np.argmax(left[:, ::-1], axis=1)
    stop = np.argmax(right, axis=1)
    is_bounded = left.any(axis=1) & right.any(axis=1)
    lower = _crossing(levels, octaves, limit, start, np.minimum(start + 1, len(bins) - 1))
    upper = _crossing(levels, octaves, limit, stop, np.maximum(stop - 1, 0))
    known = np.isfinite(limit)
    return Curve(
        place=np.where(known, frequencies[top], np.nan),
        width=np.where(known & is_bounded, 2**upper - 2**lower, np.nan),
    )


def _crossing(
    levels: np.ndarray,
    octaves: np.ndarray,
    limit: np.ndarray,
    outside: np.ndarray,
    inside: np.ndarray,
) -> np.ndarray:
    """Where the line between two points of each curve crosses a limit, in octaves."""
    rows = np.arange(len(levels))
    low, high = levels[rows, outside], levels[rows, inside]
    rises = np.isfinite(low) & np.isfinite(high) & (high > low)
    start, stop = np.where(rises, low, 0.0), np.where(rises, high, 1.0)
    share = np.where(rises, (limit - start) / (stop - start), 1.0)
    return np.asarray(octaves[outside] + share * (octaves[inside] - octaves[outside]))


@dataclass(frozen=True, kw_only=True, slots=True)
class Growth:
    """Rate-level functions in numbers, each (unit,).

    Parameters
    ----------
    slope
        dB of response per dB of level, by least squares over levels with a response of 1 % of
        the largest or more: 1 for a proportional unit, 2 for a square law; NaN below two.
    range_db
        From the level of 10 % to that of 90 % of the largest response; NaN where the lowest
        level gives more than 10 %.
    monotonicity
        Response to the highest level over the largest, at most 1.
    """

    slope: np.ndarray
    range_db: np.ndarray
    monotonicity: np.ndarray


def growth(responses: np.ndarray, levels_db: np.ndarray) -> Growth:
    """Describe how responses (unit, level) grow with level.

    Examples
    --------
    >>> levels = np.array([-40.0, -20.0, 0.0])
    >>> growth(10 ** (levels / 10)[None], levels).slope
    array([2.])
    """
    largest = responses.max(axis=1)
    shares = responses / np.where(largest > 0, largest, 1.0)[:, None]
    slopes, ranges = np.full(len(shares), np.nan), np.full(len(shares), np.nan)
    for k, share in enumerate(shares):
        heard = share >= 0.01
        if largest[k] > 0 and heard.sum() > 1:
            slopes[k] = np.polyfit(levels_db[heard], 20 * np.log10(share[heard]), 1)[0]
            ranges[k] = _level_of(share, levels_db, 0.9) - _level_of(share, levels_db, 0.1)
    monotonicity = np.where(largest > 0, shares[:, -1], np.nan)
    return Growth(slope=slopes, range_db=ranges, monotonicity=monotonicity)


def _level_of(shares: np.ndarray, levels_db: np.ndarray, share: float) -> float:
    """First level at which a share is reached; NaN where the lowest already exceeds it."""
    above = int(np.argmax(shares >= share))
    if above == 0:
        return float(levels_db[0]) if shares[0] == share else np.nan
    return float(np.interp(share, shares[above - 1 : above + 1], levels_db[above - 1 : above + 1]))


def peak_to_mean_db(responses: np.ndarray) -> np.ndarray:
    """Highest over mean squared response over frequencies in dB, (unit,); NaN without any.

    Of responses (unit, frequency); 0 for a unit that answers all frequencies alike, 10 log10(n)
    for one that answers a single one of n.
    """
    squares = np.square(responses)
    mean = squares.mean(axis=1)
    ratio = squares.max(axis=1) / np.where(mean > 0, mean, 1.0)
    return np.where(mean > 0, 10 * np.log10(np.maximum(ratio, _LOWEST)), np.nan)


def decibels(values: np.ndarray) -> np.ndarray:
    """Levels of magnitudes, 20 log10, not lower than -600 dB."""
    return np.asarray(20 * np.log10(np.maximum(values, _LOWEST, dtype=np.float64)))


def below_peak(levels_db: np.ndarray) -> np.ndarray:
    """Curves (..., frequency) in dB re the peak of each, not lower than `DEPTH_DB` below it."""
    return np.asarray(np.maximum(levels_db - levels_db.max(axis=-1, keepdims=True), -DEPTH_DB))


def computed_levels(taps: np.ndarray, frequencies: np.ndarray, sample_rate: float) -> np.ndarray:
    """Level of taps (unit, tap) at frequencies in Hz, dB re unit gain, (unit, frequency).

    W(f) = sum_n h[n] exp(-2j pi f n / fs).
    """
    angles = -2j * np.pi * np.outer(np.arange(taps.shape[1]), frequencies) / sample_rate
    return decibels(np.abs(taps @ np.exp(angles)))


def curve_differences(measured_db: np.ndarray, computed_db: np.ndarray) -> np.ndarray:
    """Root mean square difference of two sets of curves in dB, (unit,).

    Over frequencies at which the computed curve lies within `DEPTH_DB` of its peak, the measured
    one not deeper than that below its own; levels are aligned by the median difference, so that
    gain does not count.

    Parameters
    ----------
    measured_db, computed_db
        (unit, frequency).
    """
    counted = computed_db >= computed_db.max(axis=1, keepdims=True) - DEPTH_DB
    floor = measured_db.max(axis=1, keepdims=True) - DEPTH_DB
    differences = np.where(counted, np.maximum(measured_db, floor) - computed_db, np.nan)
    aligned = differences - np.nanmedian(differences, axis=1, keepdims=True)
    return np.asarray(np.sqrt(np.nanmean(np.square(aligned), axis=1)))


def behind_threshold(responses: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """What a rectifier with the threshold that fits best makes of gains, (unit, frequency).

    max(0, a gain - b), with a and b of each unit by least squares over the frequencies that it
    answers.

    Parameters
    ----------
    responses, gains
        (unit, frequency), at least 0.
    """
    counted = responses > 0
    n = np.maximum(counted.sum(axis=1, keepdims=True), 1)
    mean_gain = (gains * counted).sum(axis=1, keepdims=True) / n
    mean_response = (responses * counted).sum(axis=1, keepdims=True) / n
    spread = ((gains - mean_gain) ** 2 * counted).sum(axis=1, keepdims=True)
    joint = ((gains - mean_gain) * (responses - mean_response) * counted).sum(axis=1, keepdims=True)
    slope = joint / np.where(spread > 0, spread, 1.0)
    return np.asarray(np.maximum(mean_response + slope * (gains - mean_gain), 0.0))
