"""How units answer clicks, and how far they depart from linear systems."""

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
    "tone_hz",
    "peak_latency_seconds",
    "even_share",
    "distortion",
    "suppressed_area",
    "reads_mean",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepOrders:
    """Impulse responses of harmonic orders from an exponential sweep.

    Parameters
    ----------
    lowest_hz, highest_hz
        Of the sweep.
    lead_seconds
        How far each order comes before the linear one, (order,).
    seconds
        From the sound to the end of a cell's receptive field, (lag,).
    responses
        Per unit of amplitude, (unit, order, lag).
    """

    lowest_hz: float
    highest_hz: float
    lead_seconds: np.ndarray
    seconds: np.ndarray
    responses: np.ndarray

    def __post_init__(self) -> None:
        freeze(
            self,
            lead_seconds=("order",),
            seconds=("lag",),
            responses=("unit", "order", "lag"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitDistortion:
    """Clicks, harmonics and two tones of the units of one layer; NaN is what was not measured.

    Parameters
    ----------
    layer, reading
        Name of the layer call, and what of it is read off.
    is_linear
        Whether all steps from the waveform to what is read are known and linear.
    field_seconds
        Receptive field of a cell.
    tone_hz
        Tone that drives each unit most, (unit,); NaN where none does.
    click_seconds
        From the click to the end of a cell's receptive field, (lag,).
    click_responses
        Above silence, to a positive and a negative click, (unit, sign, lag); of a linear unit
        its taps turned around, and their negative.
    peak_latency_seconds
        Of the largest click response, (unit,).
    even_share
        Energy of the click response that does not turn with the sign of the click: 0 linear, 1/2
        half-wave rectified, 1 the same for both signs, (unit,).
    beyond_field
        Largest answer to clicks outside the receptive field re the largest inside, (unit,).
    harmonics
        Mean above silence and amplitudes of the harmonics of the tone, (unit, 1 + harmonic).
    distortion
        Total harmonic distortion re the fundamental, (unit,); NaN without a fundamental.
    sweep
        Of layers with a cell per audio sample; None elsewhere.
    ratios, second_levels_db
        Frequency and level of a second tone re the first, (ratio,), (level,).
    suppression_db
        Response beside the second tone re the first alone, dB (unit, ratio, level).
    suppressed_area
        Share of this grid on which the response is 1 dB or more lower, (unit,).
    reads_mean
        Whether the response is the mean instead of the component at the first tone, (unit,).
    left_out
        What was not measured, with the reason.
    twin_distortion, twin_suppressed_area
        Of the units of untrained twins, (twin, unit); distortion is NaN where the mean is read.
    intermodulation_db
        Levels at 2 f1 - f2 and f2 - f1 re the geometric mean of those at f1, the best tone, and
        f2 = 1.22 f1, which are equally loud, (unit, 2); -120 dB or more. NaN where the unit gives
        neither tone, or cells do not hold them; None in files of earlier versions.
    """

    layer: str
    reading: str
    is_linear: bool
    field_seconds: float
    tone_hz: np.ndarray
    click_seconds: np.ndarray
    click_responses: np.ndarray
    peak_latency_seconds: np.ndarray
    even_share: np.ndarray
    beyond_field: np.ndarray
    harmonics: np.ndarray
    distortion: np.ndarray
    sweep: SweepOrders | None
    ratios: np.ndarray
    second_levels_db: np.ndarray
    suppression_db: np.ndarray
    suppressed_area: np.ndarray
    reads_mean: np.ndarray
    left_out: tuple[str, ...]
    twin_distortion: np.ndarray
    twin_suppressed_area: np.ndarray
    intermodulation_db: np.ndarray | None = None

    def __post_init__(self) -> None:
        freeze(
            self,
            click_seconds=("lag",),
            click_responses=("unit", 2, "lag"),
            beyond_field=("unit",),
            harmonics=("unit", None),
            ratios=("ratio",),
            second_levels_db=("level",),
            suppression_db=("unit", "ratio", "level"),
            **dict.fromkeys(UNIT_COLUMNS, ("unit",)),
            twin_distortion=("twin", "unit"),
            twin_suppressed_area=("twin", "unit"),
            intermodulation_db=("unit", 2),
        )

    def difference_tones(self) -> dict[str, np.ndarray]:
        """Levels of difference tones by name, dB (unit,); nothing in files of earlier versions."""
        if self.intermodulation_db is None:
            return {}
        cubic, quadratic = self.intermodulation_db.T
        return {"cubic_difference_db": cubic, "quadratic_difference_db": quadratic}


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Distortion(Result):
    """Click responses, harmonics and two-tone suppression of units, layer by layer.

    Parameters
    ----------
    layers
        Those that were measured.
    left_out
        Layers that were not, each with its reason.
    sample_rate
        Hz.
    level_db, click_level_db
        Of tones, dB re a full-scale sine, and of the clicks, dB re a sample of 1.
    n_twins
        Untrained twins that were measured.
    findings
        Distortion and suppression, beside closed forms and untrained twins.
    held_level_db
        Of the noise, in dB re a full-scale sine, at whose gain a frontend that levels clips was
        held; None where it levels nothing, and in results of earlier versions.
    """

    columns: ClassVar[tuple[str, ...]] = ()

    layers: tuple[UnitDistortion, ...]
    left_out: tuple[str, ...]
    sample_rate: int
    level_db: float
    click_level_db: float
    n_twins: int
    findings: tuple[Finding, ...] = ()
    provenance: Provenance
    held_level_db: float | None = None

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per unit."""
        return unit_table(
            {
                one.layer: {
                    **{name: getattr(one, name) for name in UNIT_COLUMNS},
                    **{f"harmonic_{n}": values for n, values in enumerate(one.harmonics.T)},
                    **one.difference_tones(),
                }
                for one in self.layers
            }
        )

    def beside_twins(self) -> Iterator[BesideTwins]:
        """Distortion and suppression of each layer."""
        for one in self.layers:
            measures = (
                ("distortion", one.distortion, one.twin_distortion),
                ("two-tone suppression", one.suppressed_area, one.twin_suppressed_area),
            )
            yield from of_units(self, one.layer, "distortion", measures)
