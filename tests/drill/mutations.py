"""Damage to files: the same for the same seed."""

import random
import struct
import zipfile
from collections.abc import Callable
from io import BytesIO

_EXTREMES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 2**63 - 1, 2**64 - 1)
_WORDS = (
    *("NaN", "Infinity", "-Infinity", "1e999", "-1", "0", "true", "null", "[]", "{}", '""'),
    *("[" * 100_000, '{"a":' * 5_000, "9" * 400, '"' + "x" * 70_000 + '"', '"\\ud800"', "\x00"),
    *("../../etc/passwd", "=1+1", "\ufeff", "\u202e", "1e308", "inf", "nan", '"\r\n"', "-0.0"),
)


def cut(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data))]


def flip(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    for place in draw.choices(range(len(changed)), k=draw.choice((1, 2, 8, 64))):
        changed[place] ^= 1 << draw.randrange(8)
    return bytes(changed)


def number(data: bytes, draw: random.Random) -> bytes:
    """Overwrite a place by an extreme integer of 1 to 8 bytes."""
    code = draw.choice("BHIQ")
    value = draw.choice(_EXTREMES) % (1 << 8 * struct.calcsize(code))
    packed = struct.pack(draw.choice("<>") + code, value)
    place = draw.randrange(len(data))
    return data[:place] + packed + data[place + len(packed) :]


def swap(data: bytes, draw: random.Random) -> bytes:
    """Copy one stretch over another."""
    size = min(draw.choice((4, 16, 64, 512)), len(data))
    source, target = (draw.randrange(len(data) - size + 1) for _ in range(2))
    return data[:target] + data[source : source + size] + data[target + size :]


def insert(data: bytes, draw: random.Random) -> bytes:
    place = draw.randrange(len(data) + 1)
    return data[:place] + draw.randbytes(draw.choice((1, 8, 300))) + data[place:]


def erase(data: bytes, draw: random.Random) -> bytes:
    place, size = draw.randrange(len(data)), draw.choice((1, 8, 300))
    return data[:place] + data[place + size :]


ANY = (cut, flip, number, swap, insert, erase)


def word(data: bytes, draw: random.Random) -> bytes:
    """Put a word that readers stumble over into a text, for a token or between two."""
    text = data.decode(errors="replace")
    places = [i for i, letter in enumerate(text) if letter in '{}[],:"\n; '] or [0]
    first = draw.choice(places)
    later = [place for place in places if place > first]
    stop = draw.choice([first + 1, *later[:1]])
    return (text[: first + 1] + draw.choice(_WORDS) + text[stop:]).encode(errors="replace")


TEXT = (word, word, word, *ANY)


def entry(data: bytes, draw: random.Random) -> bytes:
    """Damage one entry of a zip archive, or its name, whose sum is right again afterwards."""
    with zipfile.ZipFile(BytesIO(data)) as source:
        entries = {name: source.read(name) for name in source.namelist()}
    name = draw.choice([name for name, content in entries.items() if content])
    change = draw.choice(TEXT if entries[name][:1] in b"{[" else ANY)
    entries[name] = change(entries[name], draw)
    if draw.random() < 0.1:
        entries[draw.choice(("../up", "/abs", "data.pkl", name + "x"))] = entries.pop(name)
    packed, way = BytesIO(), zipfile.ZIP_LZMA if draw.random() < 0.05 else zipfile.ZIP_STORED
    with zipfile.ZipFile(packed, "w", way) as target:
        for name, content in entries.items():
            target.writestr(name, content)
    return packed.getvalue()


ARCHIVE = (entry, entry, entry, *ANY)


def mutate(data: bytes, seed: int, ways: tuple[Callable[..., bytes], ...] = ANY) -> bytes:
    """Change a file in one to three of the ways."""
    draw = random.Random(seed)
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        try:
            data = draw.choice(ways)(data, draw) or b"\0"
        except Exception:  # an archive that is damaged already
            data = flip(data, draw)
    return data
