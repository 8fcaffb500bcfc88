"""How little the units of layers care about changes of a sound, beside untrained twins."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results._unit_table import unit_table
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result
from cnnviz.results.twin_rows import BesideTwins, of_units

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerInvariances:
    """Invariances of the units of one layer; NaN of units that do not respond.

    Parameters
    ----------
    layer, reading
        Name of the layer call, and what is read off it.
    jump
        Audio samples between cells along time; NaN where not known.
    index
        float64 (unit, change): 1 where the response stays, 0 where the changed sound is as far
        off as another sound; NaN of a unit that answers all sounds alike.
    aliasing
        Standard deviation of the response over shifts in [0, jump) over its mean, (unit,).
    gain_ratio
        Response at each gain over that at the sound's own level, (unit, gain).
    gain_exponent
        1: proportional to the gain, 0: does not depend on it, (unit,).
    twin_index, twin_aliasing
        The same of untrained twins, (twin, unit, change) and (twin, unit).
    """

    layer: str
    reading: str
    jump: float
    index: np.ndarray
    aliasing: np.ndarray
    gain_ratio: np.ndarray
    gain_exponent: np.ndarray
    twin_index: np.ndarray
    twin_aliasing: np.ndarray

    def __post_init__(self) -> None:
        freeze(
            self,
            index=("unit", "change"),
            aliasing=("unit",),
            gain_ratio=("unit", None),
            gain_exponent=("unit",),
            twin_index=("twin", "unit", "change"),
            twin_aliasing=("twin", "unit"),
        )


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Invariances(Result):
    """Change of the mean response of units under changes of sounds.

    Parameters
    ----------
    families, amounts
        Of each change: ``"shift"``, ``"polarity"``, ``"reversal"``, ``"gain"``, ``"pitch"`` or
        ``"speed"``, and by how much (dB, semitones, per cent); NaN without an amount, (change,).
    layers
        In order of execution.
    source
        Which sounds were heard, in words.
    n_sounds, n_samples
        How many sounds, and audio samples of each without its silence.
    sample_rate
        Hz.
    findings
        Where units differ from those of untrained twins.
    """

    families: tuple[str, ...]
    amounts: np.ndarray
    layers: tuple[LayerInvariances, ...]
    source: str
    n_sounds: int
    n_samples: int
    sample_rate: int
    findings: tuple[Finding, ...] = ()
    provenance: Provenance

    def __post_init__(self) -> None:
        freeze(self, amounts=(len(self.families),))
        for one in self.layers:
            assert one.index.shape[1] == len(self.families), one.layer

    @property
    def family_names(self) -> tuple[str, ...]:
        """Each family once, in order."""
        return tuple(dict.fromkeys(self.families))

    def of_family(self, index: np.ndarray, family: str) -> np.ndarray:
        """Mean of the index (..., change) over the changes of a family, (...)."""
        return np.asarray(index[..., np.array(self.families) == family].mean(-1))

    @property
    def gains_db(self) -> np.ndarray:
        """Gains of the columns of `gain_ratio`."""
        return np.asarray(self.amounts[np.array(self.families) == "gain"])

    def change_names(self) -> tuple[str, ...]:
        """Names for columns, such as ``"pitch_-2"``."""
        return tuple(
            family if np.isnan(amount) else f"{family}_{amount:+g}"
            for family, amount in zip(self.families, self.amounts, strict=True)
        )

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per unit: aliasing, gain exponent, and the index of each change."""
        return unit_table(
            {
                one.layer: {
                    "aliasing": one.aliasing,
                    "gain_exponent": one.gain_exponent,
                    **dict(zip(self.change_names(), one.index.T, strict=True)),
                }
                for one in self.layers
            }
        )

    def beside_twins(self) -> Iterator[BesideTwins]:
        """Invariance to each family of changes, and aliasing."""
        for one in self.layers:
            measures = [
                (
                    f"invariance to {'time reversal' if family == 'reversal' else family}",
                    self.of_family(one.index, family),
                    self.of_family(one.twin_index, family),
                )
                for family in self.family_names
            ]
            measures.append(("aliasing", one.aliasing, one.twin_aliasing))
            yield from of_units(self, one.layer, "invariances", measures)
