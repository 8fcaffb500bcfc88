"""How little the responses of units change when a sound is changed.

The index of a change T holds what it does to the response r against what another sound x' does,

    1 - E[(r(T x) - r(x))^2] / E[(r(x) - r(x'))^2]:

1 where the response stays, 0 where the changed sound is as far off as another one, below 0 where
it is further off. The denominator is twice the variance of r over sounds.
"""

import numpy as np

_ROUNDING = 1e-6
"""Spread of a response over sounds, re its largest value, below which it is a constant."""


def invariance_index(responses: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """Index of each change of the sounds for each unit; 1 is invariant.

    Parameters
    ----------
    responses
        To the sounds as they are, (sound, unit).
    changed
        To each change of them, (sound, change, unit).

    Returns
    -------
    np.ndarray
        float64 (unit, change), at most 1; NaN of units that answer all sounds alike.

    Examples
    --------
    >>> r = np.array([[1.0], [3.0]])
    >>> invariance_index(r, np.stack([r, r[::-1]], axis=1)).tolist()  # none, the other sound
    [[1.0, 0.0]]
    """
    responses, changed = np.asarray(responses, np.float64), np.asarray(changed, np.float64)
    apart = ((changed - responses[:, None]) ** 2).mean(0)  # (change, unit)
    others = 2 * responses.var(0, ddof=1)  # mean over pairs of two sounds, (unit,)
    floor = (_ROUNDING * np.abs(responses).max(0)) ** 2
    others = np.where(others > floor, others, np.nan)
    return np.asarray((1 - apart / others).T)


def aliasing_index(shifted: np.ndarray) -> np.ndarray:
    """Spread of the response over shifts below the jump, re its mean: what the stride aliases.

    Mean over sounds of the standard deviation over shifts, over that of the mean's size; 0 where
    neighbouring cells are one audio sample apart (Zhang, "Making Convolutional Networks
    Shift-Invariant Again", 2019, on why strides alias).

    Parameters
    ----------
    shifted
        Responses (sound, shift, unit).

    Returns
    -------
    np.ndarray
        float64 (unit,); NaN of units that answer nothing.
    """
    shifted = np.asarray(shifted, np.float64)
    spread, size = shifted.std(1).mean(0), np.abs(shifted.mean(1)).mean(0)
    index: np.ndarray = np.divide(spread, size, out=np.full(len(size), np.nan), where=size > 0)
    return index


def gain_ratios(responses: np.ndarray, louder: np.ndarray) -> np.ndarray:
    """Response at another level over that at the sound's own, by least squares over sounds.

    Parameters
    ----------
    responses
        (sound, unit).
    louder
        To the sounds at each level, (sound, level, unit).

    Returns
    -------
    np.ndarray
        float64 (unit, level): the gain itself of a proportional unit, 1 of one that normalises;
        NaN of units that answer nothing.
    """
    responses, louder = np.asarray(responses, np.float64), np.asarray(louder, np.float64)
    power = (responses**2).sum(0)  # (unit,)
    products = np.einsum("su,slu->ul", responses, louder)
    power = np.where(power > 0, power, np.nan)
    return np.asarray(products / power[:, None])


def gain_exponents(ratios: np.ndarray, gains_db: np.ndarray) -> np.ndarray:
    """Exponent p of a response that grows as gain^p: 1 proportional, 2 squared, 0 invariant.

    Parameters
    ----------
    ratios
        As from `gain_ratios`, (unit, level).
    gains_db
        Of each level, none of them 0, (level,).

    Returns
    -------
    np.ndarray
        float64 (unit,), the slope of log ratio over log gain through 0 dB; NaN where a ratio is
        not above 0.
    """
    log_gains = np.asarray(gains_db) / 20 * np.log(10)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(ratios > 0, np.log(ratios), np.nan)
    return np.asarray(logs @ log_gains / (log_gains @ log_gains))
