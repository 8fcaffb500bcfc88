"""What a modulation transfer function says: best rate, cut-off, group delay.

The transfer at a rate is the depth of modulation of the answer over that of the sound, as an
optical or acoustical system's (Houtgast and Steeneken, "The modulation transfer function in room
acoustics as a predictor of speech intelligibility", 1973); for units see Joris, Schreiner and Rees,
"Neural processing of amplitude-modulated sounds" (2004).
"""

import numpy as np

_HALF_POWER = 1 / np.sqrt(2)
_AS_GOOD = 10 ** (-1 / 20)
_STEPS_PER_CYCLE = 16


def best_rates(transfer: np.ndarray, rates_hz: np.ndarray) -> np.ndarray:
    """Rate of the largest transfer, Hz (unit,); NaN where none is known.

    It is the lowest rate where the transfer there is within 1 dB of the largest.

    Parameters
    ----------
    transfer
        (unit, rate), NaN where not measured.
    rates_hz
        Rising, (rate,).

    Examples
    --------
    >>> best_rates(np.array([[0.1, 0.5, 0.2]]), np.array([2.0, 4.0, 8.0]))
    array([4.])
    """
    place = _best(transfer)
    return np.where(place >= 0, rates_hz[place], np.nan)


def cut_offs(transfer: np.ndarray, rates_hz: np.ndarray, *, below: bool = False) -> np.ndarray:
    """Rate above the best one where the transfer has fallen by 3 dB, Hz (unit,).

    Parameters
    ----------
    transfer, rates_hz
        As in `best_rates`.
    below
        Look below the best rate instead.

    Returns
    -------
    np.ndarray
        Interpolated over the logarithm of the rate; NaN where it does not fall so far.
    """
    found = np.full(len(transfer), np.nan)
    for unit, place in enumerate(_best(transfer)):
        side = slice(place, None, -1) if below else slice(place, None)
        if place >= 0:
            found[unit] = _crossing(transfer[unit, side], rates_hz[side], np.nanmax(transfer[unit]))
    return found


def _crossing(values: np.ndarray, rates_hz: np.ndarray, top: float) -> float:
    """First rate at which values fall to half the power of the top; NaN if they do not."""
    known = np.isfinite(values)
    values, rates_hz = values[known] / top, rates_hz[known]
    fallen = values <= _HALF_POWER
    if not fallen.any():
        return np.nan
    k = int(np.argmax(fallen))
    share = (values[k - 1] - _HALF_POWER) / (values[k - 1] - values[k])
    return float(rates_hz[k - 1] * (rates_hz[k] / rates_hz[k - 1]) ** share)


def group_delays(
    components: np.ndarray, rates_hz: np.ndarray, *, longest_seconds: float
) -> np.ndarray:
    """Delay of the envelope, minus the slope of the phase over angular rate, s (unit,).

    The delay that aligns the components best, sum over rates of |c|^2 u exp(i w tau) with u = c /
    |c|, then the weighted least-squares slope of what phase is left; so no phase is unwrapped
    between rates that stand far apart.

    Parameters
    ----------
    components
        Complex (unit, rate), NaN where not measured; delayed by tau they turn by -w tau.
    rates_hz
        (rate,).
    longest_seconds
        Delays are looked for between minus and plus this.
    """
    found = np.full(len(components), np.nan)
    for unit, row in enumerate(components):
        known = np.isfinite(row) & (np.abs(row) > 0)
        if known.sum() > 1 and longest_seconds > 0:
            found[unit] = _delay(row[known], 2 * np.pi * rates_hz[known], longest_seconds)
    return found


def passed(components: np.ndarray) -> np.ndarray:
    """Components within 6 dB of the largest of their unit, (unit, rate); NaN elsewhere.

    Beyond, in side lobes, the sign turns and tells nothing of a delay.
    """
    sizes = np.where(np.isfinite(components), np.abs(components), 0.0)
    return np.where(sizes >= 0.5 * sizes.max(axis=1, keepdims=True), components, np.nan)


def _delay(row: np.ndarray, turns: np.ndarray, longest: float) -> float:
    weights = np.abs(row) ** 2
    n_steps = int(np.ceil(2 * longest * turns.max() / (2 * np.pi) * _STEPS_PER_CYCLE)) + 2
    delays = np.linspace(-longest, longest, max(n_steps, 2 * _STEPS_PER_CYCLE))
    units = row / np.abs(row)
    aligned = (weights * units) @ np.exp(1j * np.outer(turns, delays))  # (delay,)
    best = int(np.argmax(np.abs(aligned)))
    left = np.angle(units * np.exp(1j * turns * delays[best]) / aligned[best])
    centred = turns - weights @ turns / weights.sum()
    return float(delays[best] - (weights * centred) @ left / ((weights * centred) @ centred))


def _best(transfer: np.ndarray) -> np.ndarray:
    """Place of the best rate, -1 where nothing is known or nothing is passed."""
    known = np.where(np.isfinite(transfer), transfer, -np.inf)
    top = known.max(axis=1, initial=-np.inf)
    lowest = np.isfinite(known).argmax(axis=1)
    is_low_pass = known[np.arange(len(known)), lowest] >= _AS_GOOD * top
    place = np.where(is_low_pass, lowest, known.argmax(axis=1))
    return np.where(np.isfinite(top) & (top > 0), place, -1)
