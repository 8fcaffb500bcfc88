"""Large payloads of a page: deflated, and written in signs that stand inside a script element.

A payload is one line of JSON, then the bytes of its numbers, all of one type together, each type
as planes: first bytes of all numbers, then second bytes, and so on. Unsigned codes are
differences along their last axis. The browser undoes it in ``core.js``.
"""

import json
import zlib
from collections.abc import Mapping

import numpy as np

from .parts import JSON
from .quantised import Corrected, Quantised

SIGNS = bytes(code for code in range(33, 127) if chr(code) not in '"<\\')
"""Two of these 91 signs hold 13 bits: 8 % less than base64."""
_LEVEL = 7  # takes a tenth of the time of 9
_BITS, _BLOCK = 13, 13 << 13  # bytes, of which a block fills its signs


class Numbers:
    """Numbers of a payload by their type, in the order they come."""

    def __init__(self) -> None:
        self._arrays: dict[str, list[np.ndarray]] = {}
        self._sizes: dict[str, int] = {}

    def add(self, values: np.ndarray | Quantised | Corrected) -> dict[str, JSON]:
        """Keep an array and give its description: type, shape, place, and scale of codes."""
        if isinstance(values, Quantised):
            return {**self._add(values.codes), "lowest": values.lowest, "step": values.step}
        if isinstance(values, Corrected):
            return {**self._add(values.codes), "step": values.step, "of": values.of}
        return self._add(values)

    def packed(self, payload: Mapping[str, JSON]) -> str:
        """A payload with its numbers as text."""
        head = {**payload, "sizes": {**self._sizes}}
        line = json.dumps(head, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
        planes = (_planes(np.concatenate(arrays)) for arrays in self._arrays.values())
        return packed(line.encode("utf-8", "replace") + b"\n" + b"".join(planes))

    def _add(self, values: np.ndarray) -> dict[str, JSON]:
        kind = values.dtype.name if values.dtype in (np.uint8, np.uint16) else "float32"
        if np.issubdtype(values.dtype, np.integer) and kind == "float32":
            kind = "int32"
        array = np.asarray(values, dtype=kind)
        if kind in ("uint8", "uint16"):
            array = np.diff(array, axis=-1, prepend=array.dtype.type(0))
        at = self._sizes.get(kind, 0)
        self._sizes[kind] = at + array.size
        self._arrays.setdefault(kind, []).append(array.ravel())
        return {"dtype": kind, "shape": [int(n) for n in values.shape], "at": at}


def _planes(values: np.ndarray) -> bytes:
    """Bytes of little-endian numbers (n,), the first of each first."""
    little = values.astype(values.dtype.newbyteorder("<"))
    return little.view(np.uint8).reshape(-1, values.itemsize).T.tobytes()


def packed(content: bytes) -> str:
    """Bytes, deflated, with their length before them, as text.

    Examples
    --------
    >>> unpacked(packed(b"filters"))
    b'filters'
    """
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, 15, 9, zlib.Z_FILTERED)
    raw = deflate.compress(content) + deflate.flush()
    raw = len(raw).to_bytes(4, "little") + raw
    return "".join(_signs(raw[at : at + _BLOCK]) for at in range(0, len(raw), _BLOCK))


def _signs(raw: bytes) -> str:
    """Signs of bytes, 13 bits in two; the last bits are filled up."""
    bits = np.unpackbits(np.frombuffer(raw, dtype=np.uint8))
    rows = np.pad(bits, (0, -len(bits) % _BITS)).reshape(-1, _BITS)
    values = rows @ (1 << np.arange(_BITS)[::-1])
    signs = np.frombuffer(SIGNS, dtype=np.uint8)
    pairs = np.stack(np.divmod(values, len(SIGNS)), axis=1)
    return bytes(signs[pairs].tobytes()).decode("ascii")


def unpacked(text: str) -> bytes:
    """The bytes that a text holds."""
    places = np.zeros(128, dtype=np.int64)
    places[np.frombuffer(SIGNS, dtype=np.uint8)] = np.arange(len(SIGNS))
    pairs = places[np.frombuffer(text.encode("ascii"), dtype=np.uint8)].reshape(-1, 2)
    values = pairs @ np.array([len(SIGNS), 1])
    bits = (values[:, None] >> np.arange(_BITS)[::-1]) & 1
    raw = np.packbits(bits.astype(np.uint8)).tobytes()
    return zlib.decompress(raw[4 : 4 + int.from_bytes(raw[:4], "little")])
