"""How units follow the modulation of a tone's amplitude and frequency."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results._unit_table import unit_table
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result
from cnnviz.results.twin_rows import BesideTwins, of_units

if TYPE_CHECKING:
    import pandas

UNIT_COLUMNS = (
    "carrier_hz",
    "best_rate_hz",
    "lower_cut_off_hz",
    "cut_off_hz",
    "group_delay_seconds",
    "best_fm_rate_hz",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitModulation:
    """Modulation transfer of the units of one layer; NaN is what was not or cannot be measured.

    Parameters
    ----------
    layer, reading
        Name of the layer call, and what of it is read off.
    cell_rate_hz
        Cells per second; rates end at half of it.
    carrier_hz
        Tone that drives each unit most, (unit,); NaN where none does.
    band
        Cell of the frequency axis that is read, (unit,); 0 without such an axis.
    rates_hz
        Of modulation, (rate,).
    transfer
        Depth of modulation of the activation over that of the sound, (unit, rate); the depth is
        the component at the rate over the unit's mean of all rates.
    phases
        Of the activation's modulation re that of the sound, rad (unit, rate), with each cell at
        the centre of its receptive field.
    best_rate_hz
        Rate of the largest transfer, or the lowest rate if within 1 dB of it, (unit,).
    lower_cut_off_hz, cut_off_hz
        Rates below and above it where the transfer has fallen by 3 dB, (unit,).
    group_delay_seconds
        Delay of the envelope until the last audio sample that a cell sees, (unit,).
    deviations
        Largest shift of the frequency as a share of the carrier, (deviation,).
    fm_transfer, fm_second
        Depth of modulation of the activation at the rate of frequency modulation, and at twice
        the rate, (unit, deviation, rate).
    best_fm_rate_hz
        Rate of the largest `fm_transfer` at the largest deviation, (unit,).
    twin_best_rate_hz, twin_cut_off_hz, twin_lower_cut_off_hz
        Of the units of untrained twins, (twin, unit).
    """

    layer: str
    reading: str
    cell_rate_hz: float
    carrier_hz: np.ndarray
    band: np.ndarray
    rates_hz: np.ndarray
    transfer: np.ndarray
    phases: np.ndarray
    best_rate_hz: np.ndarray
    lower_cut_off_hz: np.ndarray
    cut_off_hz: np.ndarray
    group_delay_seconds: np.ndarray
    deviations: np.ndarray
    fm_transfer: np.ndarray
    fm_second: np.ndarray
    best_fm_rate_hz: np.ndarray
    twin_best_rate_hz: np.ndarray
    twin_cut_off_hz: np.ndarray
    twin_lower_cut_off_hz: np.ndarray

    def __post_init__(self) -> None:
        grid = ("unit", "deviation", "rate")
        freeze(
            self,
            rates_hz=("rate",),
            transfer=("unit", "rate"),
            phases=("unit", "rate"),
            band=("unit",),
            deviations=("deviation",),
            fm_transfer=grid,
            fm_second=grid,
            **dict.fromkeys(UNIT_COLUMNS, ("unit",)),
            twin_best_rate_hz=("twin", "unit"),
            twin_cut_off_hz=("twin", "unit"),
            twin_lower_cut_off_hz=("twin", "unit"),
        )

    @property
    def is_measured(self) -> np.ndarray:
        """Units that a tone drives and of which a rate was measured, bool (unit,)."""
        return np.asarray(np.isfinite(self.best_rate_hz))


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class ModulationTransfer(Result):
    """Modulation transfer of units, layer by layer.

    Parameters
    ----------
    layers
        Those that were measured.
    left_out
        Layers that were not, each with its reason.
    sample_rate
        Hz.
    level_db, depth
        Of the tones, dB re a full-scale sine, and of their amplitude modulation.
    sound_seconds
        Sound that the network heard, without its twins.
    n_twins
        Untrained twins that were measured.
    findings
        At which rates units follow, beside untrained twins.
    """

    columns: ClassVar[tuple[str, ...]] = ()

    layers: tuple[UnitModulation, ...]
    left_out: tuple[str, ...]
    sample_rate: int
    level_db: float
    depth: float
    sound_seconds: float
    n_twins: int
    findings: tuple[Finding, ...] = ()
    provenance: Provenance

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per unit."""
        return unit_table(
            {one.layer: {name: getattr(one, name) for name in UNIT_COLUMNS} for one in self.layers}
        )

    def beside_twins(self) -> Iterator[BesideTwins]:
        """Rates and cut-offs of each layer."""
        for one in self.layers:
            measures = (
                ("best rate", one.best_rate_hz, one.twin_best_rate_hz),
                ("upper cut-off", one.cut_off_hz, one.twin_cut_off_hz),
                ("lower cut-off", one.lower_cut_off_hz, one.twin_lower_cut_off_hz),
            )
            yield from of_units(self, one.layer, "modulation", measures)
