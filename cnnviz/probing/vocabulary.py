"""Words for sounds, each with several exemplars: the built-in vocabulary for naming units.

A word is a class of sounds that a few numbers describe: tones of a band, chirps up and down,
amplitude modulation at a rate and so on. Its exemplars differ in what the word does not say:
level, phase, carrier, place in time. Bands are even on the ERB-rate scale between 50 Hz and 0.9
of half the sample rate, their edges rounded to two digits; rates that do not fit into the steady
part of a sound, and vowels above its frequencies, are left out.

References
----------
Glasberg and Moore, "Derivation of auditory filter shapes from notched-noise data" (1990), for the
scale; Peterson and Barney, "Control methods used in a study of the vowels" (1952), for formants.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cnnviz.dsp.scales import erb_number, erb_spaced

LOWEST_HZ, HIGHEST_SHARE = 50.0, 0.9
RATES_HZ = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
FM_RATES_HZ = (4.0, 8.0, 16.0, 32.0)
F0_EDGES_HZ = (80.0, 120.0, 180.0, 270.0, 400.0)
FORMANTS_HZ = (
    ("ee", (270.0, 2290.0, 3010.0)),
    ("ae", (660.0, 1720.0, 2410.0)),
    ("ah", (730.0, 1090.0, 2440.0)),
    ("oo", (300.0, 870.0, 2240.0)),
    ("er", (490.0, 1350.0, 1690.0)),
)
"""Of the vowels in heed, had, hod, who'd, heard; mean of men, in Hz."""
_ERB_PER_BAND = 1.5
_BANDS_PER_CHIRP, _BANDS_BETWEEN_CHIRPS = 4, 2
_MOVING = ("up-chirp", "down-chirp", "click", "onset", "offset")
_BANDED = ("tone", "noise band", "up-chirp", "down-chirp")


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A class of sounds.

    Parameters
    ----------
    family
        ``"tone"``, ``"noise band"``, ``"noise"``, ``"up-chirp"``, ``"down-chirp"``, ``"AM"``,
        ``"FM"``, ``"harmonic"``, ``"vowel"``, ``"click"``, ``"onset"``, ``"offset"`` or
        ``"silence"``.
    low_hz, high_hz
        Band of the sound, of a harmonic complex that of its fundamental; carriers of others lie
        in it.
    rate_hz
        Of a modulation; 0 for others.
    vowel
        What it sounds like; empty for others.
    formants_hz
        Of a vowel.
    """

    family: str
    low_hz: float = 0.0
    high_hz: float = 0.0
    rate_hz: float = 0.0
    vowel: str = ""
    formants_hz: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """As users read it: ``"tone 900-1,100 Hz"``."""
        if self.family in _BANDED:
            return f"{self.family} {self.low_hz:,.0f}-{self.high_hz:,.0f} Hz"
        if self.family == "harmonic":
            return f"harmonic, f0 {self.low_hz:,.0f}-{self.high_hz:,.0f} Hz"
        if self.vowel:
            return f"vowel {self.vowel}"
        return f"{self.family} {self.rate_hz:g} Hz" if self.rate_hz else self.family

    @property
    def is_moving(self) -> bool:
        """Whether the word is an event: units are read by their peak, else by their mean.

        The mean of a rectified matched filter is less for the chirp that it matches, which it
        squeezes into a pulse, than for the reversed one; only its peak tells them apart.
        """
        return self.family in _MOVING


def vocabulary(sample_rate: float, steady_seconds: float) -> tuple[Word, ...]:
    """Words that sounds of a sample rate can show.

    Parameters
    ----------
    sample_rate
        Hz.
    steady_seconds
        Of a sound, without its ramps; a modulation must go around at least once.

    Examples
    --------
    >>> words = vocabulary(16000, 0.5)
    >>> len(words), words[8].name
    (100, 'tone 810-990 Hz')
    """
    top = HIGHEST_SHARE * sample_rate / 2
    edges = band_edges(top)
    bands = tuple(pairwise(edges))
    wide = tuple(
        (edges[k], edges[k + _BANDS_PER_CHIRP])
        for k in range(0, len(edges) - _BANDS_PER_CHIRP, _BANDS_BETWEEN_CHIRPS)
    )
    low, high = edges[0], edges[-1]
    banded = [
        Word(family=family, low_hz=start, high_hz=stop)
        for family, all_bands in zip(_BANDED, (bands + wide, bands + wide, wide, wide), strict=True)
        for start, stop in all_bands
    ]
    modulated = [
        Word(family=family, rate_hz=rate, low_hz=low, high_hz=high)
        for family, rates in (("AM", RATES_HZ), ("FM", FM_RATES_HZ))
        for rate in rates
        if rate * steady_seconds >= 1
    ]
    harmonic = [
        Word(family="harmonic", low_hz=start, high_hz=stop)
        for start, stop in pairwise(F0_EDGES_HZ)
        if 3 * stop <= top
    ]
    vowels = [
        Word(family="vowel", vowel=vowel, formants_hz=formants, low_hz=low, high_hz=high)
        for vowel, formants in FORMANTS_HZ
        if formants[1] <= top
    ]
    others = [
        Word(family=family, low_hz=low, high_hz=high)
        for family in ("noise", "click", "onset", "offset", "silence")
    ]
    return (*banded, *modulated, *harmonic, *vowels, *others)


def band_edges(top_hz: float) -> tuple[float, ...]:
    """Edges of bands from `LOWEST_HZ` to `top_hz`, rising, rounded to two digits.

    Examples
    --------
    >>> band_edges(300.0)
    (50.0, 98.0, 160.0, 220.0, 300.0)
    """
    span = float(erb_number(np.array(top_hz)) - erb_number(np.array(LOWEST_HZ)))
    n_bands = max(1, round(span / _ERB_PER_BAND))
    exact = erb_spaced(LOWEST_HZ, top_hz, n_bands + 1)
    return tuple(dict.fromkeys(float(f"{edge:.2g}") for edge in exact))
