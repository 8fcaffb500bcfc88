"""Sizes in words."""

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def in_words(n_bytes: int) -> str:
    """Bytes as people read them, in powers of 1000.

    Examples
    --------
    >>> in_words(16_419_872)
    '16.4 MB'
    """
    value, unit = float(n_bytes), 0
    while value >= 999.95 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit else f"{n_bytes} bytes"
