"""Kernels over cepstral coefficients as patterns over mel bands: small pictures."""

import base64

import numpy as np

from cnnviz.dsp.cepstra import mel_patterns
from cnnviz.results import Bank
from reports import svg
from reports.parts import Multiples, Vector
from reports.raster import png

from ._filter_tiles import SMALLEST, fragment

N_FILTERS, N_PLACES = 64, 4
_WIDTH, _HEIGHT, _TOP, _GAP = 184.0, 96.0, 17.0, 4.0


def cepstral_patterns(bank: Bank) -> tuple[Multiples, ...]:
    """Patterns of the first filters in the order of display; nothing for other inputs."""
    if bank.cepstra is None:
        return ()
    filters = [int(k) for k in bank.order[:N_FILTERS]]
    bands = bank.cepstra.bands_hz
    more = f" The first {N_FILTERS} of {len(bank.order):,}." if len(bank.order) > N_FILTERS else ""
    return (
        Multiples(
            parts=tuple(_tile(bank, k) for k in filters),
            width=SMALLEST,
            caption="What each kernel over cepstral coefficients looks for over mel bands "
            f"({bands[0]:,.0f} Hz at the bottom to {bands[-1]:,.0f} Hz; time to the right; red: "
            f"higher level raises the output), with its first tap on {_places_in_words(bank)}. "
            f"The cepstral axis is not shift-invariant: each place has a pattern of its own.{more}",
        ),
    )


def _places(bank: Bank) -> np.ndarray:
    """Up to four places, evenly spread."""
    assert bank.cepstra is not None
    offsets = bank.cepstra.offsets
    n = min(len(offsets), N_PLACES)
    return np.asarray(offsets[np.rint(np.linspace(0, len(offsets) - 1, n)).astype(int)])


def _places_in_words(bank: Bank) -> str:
    numbers = [str(q) for q in _places(bank)]
    if len(numbers) == 1:
        return f"coefficient {numbers[0]}"
    return f"coefficient {', '.join(numbers[:-1])} and {numbers[-1]}, from left to right"


def _tile(bank: Bank, index: int) -> Vector:
    cepstra, places = bank.cepstra, _places(bank)
    assert cepstra is not None
    taps = bank.taps[index] if bank.kind == "1d" else bank.taps[index, 0]
    patterns = mel_patterns(taps, cepstra.basis, places, dilation=cepstra.dilation)
    limit = float(np.abs(patterns).max()) or 1.0
    width = (_WIDTH - _GAP * (len(places) - 1)) / len(places)
    pictures = [
        _image(png(pattern, lowest=-limit, highest=limit, palette="diverging"), x, width)
        for pattern, x in zip(patterns, (width + _GAP) * np.arange(len(places)), strict=True)
    ]
    title = svg.label(2, 11, f"{index} · over mel bands", css="tick")
    return Vector(
        svg=svg.picture(_WIDTH, _HEIGHT, title, *pictures),
        alt=f"{bank.layer}, filter {index}: patterns over mel bands at coefficients "
        f"{', '.join(map(str, places))}",
        target=fragment(bank, index),
    )


def _image(picture: bytes, x: float, width: float) -> str:
    source = "data:image/png;base64," + base64.b64encode(picture).decode("ascii")
    return (
        f'<image class="diverging" x="{x:g}" y="{_TOP:g}" width="{width:g}" '
        f'height="{_HEIGHT - _TOP:g}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated" href="{source}"/>'
    )
