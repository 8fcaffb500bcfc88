"""The sound of a given level that excites a unit most."""

from base64 import b64encode
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.dsp.preferred import repeated
from cnnviz.errors import ParameterError
from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results._unit_table import unit_table
from cnnviz.results._wave import wave_bytes
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result

if TYPE_CHECKING:
    import pandas

N_PLAYED, PLAYED_BYTES = 12, 300_000
"""Units whose sound a page or a notebook plays, and bytes of 16-bit sound, at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PreferredSounds:
    """Preferred sounds of units of one layer.

    Parameters
    ----------
    layer, reading
        Name of the layer call, and what is read off it.
    choice
        Which units were taken, in words.
    field_status
        Whether the receptive field is ``"exact"``, an ``"upper"`` bound or ``"unknown"``.
    unit
        Numbers of the units, (unit,).
    waveform
        Of the restart that excites most, float32 (unit, samples): the receptive field.
    activation
        Reached by each restart, (unit, restart).
    noise_mean, noise_deviation
        Activation over white noises of the same root mean square, (unit,).
    tone_activation, tone_hz
        By the best pure tone of the same root mean square, and its frequency, (unit,).
    frequencies_hz
        (frequency,).
    power, power_deviation
        Mean over restarts of the power spectra, each of sum 1, and standard deviation,
        (unit, frequency).
    centre_hz
        Frequency of the highest power, (unit,).
    agreement
        Mean cosine of the spectra of two restarts, (unit,); NaN of a single restart.
    """

    layer: str
    reading: str
    choice: str
    field_status: str
    unit: np.ndarray
    waveform: np.ndarray
    activation: np.ndarray
    noise_mean: np.ndarray
    noise_deviation: np.ndarray
    tone_activation: np.ndarray
    tone_hz: np.ndarray
    frequencies_hz: np.ndarray
    power: np.ndarray
    power_deviation: np.ndarray
    centre_hz: np.ndarray
    agreement: np.ndarray

    def __post_init__(self) -> None:
        per_unit = (
            "unit", "noise_mean", "noise_deviation", "tone_activation", "tone_hz", "centre_hz",
            "agreement",
        )  # fmt: skip
        freeze(
            self,
            **dict.fromkeys(per_unit, ("unit",)),
            waveform=("unit", "sample"),
            activation=("unit", "restart"),
            frequencies_hz=("frequency",),
            power=("unit", "frequency"),
            power_deviation=("unit", "frequency"),
        )

    @property
    def over_noise(self) -> np.ndarray:
        """Best activation in standard deviations over the mean of noise, (unit,)."""
        return self._over_noise(self.activation.max(1))

    @property
    def tone_over_noise(self) -> np.ndarray:
        """The same of the best tone, (unit,)."""
        return self._over_noise(self.tone_activation)

    def _over_noise(self, values: np.ndarray) -> np.ndarray:
        above: np.ndarray = np.divide(
            values - self.noise_mean,
            self.noise_deviation,
            out=np.full(len(values), np.nan),
            where=self.noise_deviation > 0,
        )
        return above


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class PreferredInput(Result):
    """Preferred sounds of units, found by gradient ascent.

    Parameters
    ----------
    layers
        In order of execution.
    level_db
        Root mean square of all sounds over the receptive field, in dB re a full-scale sine.
    sample_rate
        Hz.
    n_steps, n_noises
        Gradients of each restart, and noises of the null.
    findings
        How much more than tones and noise the sounds excite, and whether restarts agree.
    """

    layers: tuple[PreferredSounds, ...]
    level_db: float
    sample_rate: int
    n_steps: int
    n_noises: int
    findings: tuple[Finding, ...] = ()
    provenance: Provenance

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per unit."""
        names = ("unit", "tone_hz", "centre_hz", "agreement", "over_noise", "tone_over_noise")
        return unit_table(
            {
                one.layer: {
                    **{name: getattr(one, name) for name in names},
                    "activation": one.activation.max(1),
                    "tone_activation": one.tone_activation,
                }
                for one in self.layers
            }
        )

    def played(self) -> tuple[tuple[str, int], ...]:
        """Layers and units that a page plays: of each layer in turn, within the bounds."""
        each = 2 * max((len(self.sound(*key)) for key in self._keys()[:1]), default=1)
        ranked = sorted(self._keys(), key=lambda key: self._place(*key))
        chosen = set(ranked[: min(N_PLAYED, PLAYED_BYTES // each)])
        return tuple(key for key in self._keys() if key in chosen)

    def sound(self, layer: str, unit: int) -> np.ndarray:
        """The preferred sound of a unit to be heard, repeated where it is short, (samples,).

        Raises
        ------
        ParameterError
            If the unit is none of those that were taken.
        """
        for one in self.layers:
            rows = np.flatnonzero(one.unit == unit)
            if one.layer == layer and len(rows):
                return repeated(one.waveform[rows[0]], self.sample_rate)
        known = ", ".join(f"{one.layer} {one.unit.tolist()}" for one in self.layers)
        raise ParameterError(f"layer={layer!r}, unit={unit}; allowed: {known}")

    def _keys(self) -> tuple[tuple[str, int], ...]:
        return tuple((one.layer, int(unit)) for one in self.layers for unit in one.unit)

    def _place(self, layer: str, unit: int) -> tuple[int, int]:
        """Row of a unit in its layer, and the layer."""
        number, one = next((k, each) for k, each in enumerate(self.layers) if each.layer == layer)
        return int(np.flatnonzero(one.unit == unit)[0]), number

    def _repr_html_(self) -> str:
        players = "".join(
            f"<p>{escape(layer)}, unit {unit} <audio controls src='data:audio/wav;base64,"
            f"{b64encode(wave_bytes(self.sound(layer, unit), self.sample_rate)).decode('ascii')}'>"
            "</audio></p>"
            for layer, unit in self.played()
        )
        return super(PreferredInput, self)._repr_html_() + players
