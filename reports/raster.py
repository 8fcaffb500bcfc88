"""Arrays as small palette PNGs.

Colour tables are 17 anchors of the perceptual maps of matplotlib (viridis, magma: van der Walt
and Smith, 2015, CC0; cividis: Nunez, Anderton and Renslow, 2018) with linear steps between;
the diverging table runs from blue over a neutral light grey to red, and a ground from that grey
to a dark one.
"""

import io
from types import MappingProxyType

import numpy as np
from PIL import Image

from cnnviz.errors import ParameterError

_ANCHORS = MappingProxyType(
    {
        "viridis": "440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 "
        "3fbc73 5ec962 84d44b addc30 d8e219 fde725",
        "magma": "000004 0a0822 1d1147 36106b 51127c 6a1c81 832681 9c2e7f b73779 d0416f e75263 "
        "f56b5c fc8961 fea772 fec488 fde2a3 fcfdbf",
        "cividis": "00224e 002e6a 1a386f 32436d 434e6c 535a6d 61656f 6f7073 7d7c78 8c8878 9b9476 "
        "aba072 bcae6c cdbb63 dec958 f0d846 fee838",
        "gray": "000000 ffffff",
        "ground": "f2f2f0 6b6b6a",
        "diverging": "0b3b8c 2c62b4 5a8fd0 94bbe3 c9dcee f2f2f0 f3d3c2 eba587 d96e52 b93732 7d0f20",
        "signed": "0a63c9 2f7fd6 5b93cf 7d95b3 8d9299 b3887c d0765c e06138 d9420f",
    }
)
_CLEAR = 255
"""Palette index that stands for NaN."""


def colours(palette: str, n: int = 255) -> np.ndarray:
    """Colour table uint8 (n, 3) of a palette."""
    if palette not in _ANCHORS:
        raise ParameterError(f"palette={palette!r}; allowed: {', '.join(_ANCHORS)}")
    anchors = np.array([list(bytes.fromhex(code)) for code in _ANCHORS[palette].split()])
    at = np.linspace(0, len(anchors) - 1, n)
    channels = [np.interp(at, np.arange(len(anchors)), anchors[:, c]) for c in range(3)]
    table: np.ndarray = np.rint(np.stack(channels, axis=1)).astype(np.uint8)  # (n, 3)
    return table


def limits(
    values: np.ndarray, lowest: float | None, highest: float | None, palette: str
) -> tuple[float, float]:
    """Values at the ends of the colour map; symmetric about zero for the diverging one."""
    finite = values[np.isfinite(values)]
    low = float(finite.min()) if finite.size else 0.0
    high = float(finite.max()) if finite.size else 1.0
    if palette in ("diverging", "signed"):
        high = max(abs(low), abs(high))
        low = -high
    low = low if lowest is None else lowest
    high = high if highest is None else highest
    return low, high if high > low else low + 1.0


def png(
    values: np.ndarray, *, lowest: float, highest: float, palette: str, n_colours: int = _CLEAR
) -> bytes:
    """Encode values (row, column) as a palette PNG, row 0 at the bottom, NaN transparent.

    Pictures of 15 colours or fewer take half the bytes: two cells share one.
    """
    share = (np.asarray(values, dtype=np.float64) - lowest) / (highest - lowest)
    index = np.rint(np.clip(share, 0, 1) * (n_colours - 1))
    index = np.where(np.isfinite(share), index, n_colours).astype(np.uint8)[::-1]  # (row, column)
    picture = Image.fromarray(np.ascontiguousarray(index)).convert("P")
    picture.putpalette(colours(palette, n_colours).tobytes() + bytes(3))
    out = io.BytesIO()
    bits = {"bits": 4} if n_colours < 16 else {}
    picture.save(out, "PNG", optimize=True, transparency=n_colours, **bits)
    return out.getvalue()


def ramp(palette: str) -> bytes:
    """PNG of the colour map itself, highest value on top, for a colour bar."""
    return png(np.linspace(0, 1, 64)[:, None], lowest=0, highest=1, palette=palette)
