"""Responses of units over frequency under policies for the nonlinear steps on their way."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results._unit_table import unit_table
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result

if TYPE_CHECKING:
    import pandas

POLICIES = MappingProxyType(
    {
        "identity": "each activation function as gain 1, max pooling as average",
        "gated": "each function as its mean slope on noise, channel by channel; max pooling as how "
        "often each cell is the largest on noise",
        "jacobian": "root mean power of the spectra of Jacobians at noise",
        "mean jacobian": "spectrum of the mean Jacobian at noise",
        "incoherent": "linear up to each function or max pooling, powers of the channels added "
        "behind it",
        "envelope": "linear up to the first function or max pooling, behind it the mean of a tone "
        "over its phases, through all biases and functions",
        "describing function": "mean and fundamental of a tone behind every function and max "
        "pooling, through all biases and functions; harmonics left out",
    }
)
"""Each policy, and what it does to steps that are not linear."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyCurves:
    """Responses of the units of a layer under one policy.

    Parameters
    ----------
    policy
        One of `POLICIES`.
    levels_db
        dB re unit gain, under the last two policies re an activation of 1, float32
        (unit, frequency).
    difference_db
        Root mean square difference to measured tuning where the computed curve lies within 30 dB
        of its peak, gain aside, (unit,); NaN of units without a response.
    other_difference_db
        The same against curves of other units: the median over them, (unit,); NaN where there is
        none, or no response.
    """

    policy: str
    levels_db: np.ndarray
    difference_db: np.ndarray
    other_difference_db: np.ndarray

    def __post_init__(self) -> None:
        freeze(
            self,
            levels_db=("unit", "frequency"),
            difference_db=("unit",),
            other_difference_db=("unit",),
        )

    @property
    def text(self) -> str:
        """What the policy does to steps that are not linear."""
        return POLICIES[self.policy]

    @property
    def n_closer(self) -> int:
        """Units whose measured curve is closer to their own than to other computed ones."""
        return int(np.count_nonzero(self.difference_db < self.other_difference_db))


@dataclass(frozen=True, kw_only=True, slots=True)
class AbsentPolicy:
    """A policy that says nothing of a layer, and why."""

    policy: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerPaths:
    """Units of one layer.

    Parameters
    ----------
    layer
        Name of the layer call.
    reading
        What was measured: ``"conv1, after batch-norm, relu"``.
    measured
        Responses to tones, as in `ToneTuning`, float32 (unit, frequency).
    policies
        Those that apply, in the order of `POLICIES`.
    absent
        The others.
    """

    layer: str
    reading: str
    measured: np.ndarray
    policies: tuple[PolicyCurves, ...]
    absent: tuple[AbsentPolicy, ...]

    def __post_init__(self) -> None:
        freeze(self, measured=("unit", "frequency"))

    @property
    def best(self) -> PolicyCurves | None:
        """The policy of the smallest median difference to the measurement, if any has one."""
        known = [one for one in self.policies if np.isfinite(one.difference_db).any()]
        return min(known, key=lambda one: np.nanmedian(one.difference_db)) if known else None


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class PathResponses(Result):
    """Responses computed under every policy that applies, beside measured tuning.

    Parameters
    ----------
    frequencies
        Hz, (frequency,).
    level_db
        Of the tones in dB re a full-scale sine, and of the noise in dBFS rms.
    sample_rate
        Hz.
    layers
        In order of execution.
    findings
        Which policy describes the measurement of each layer best.
    """

    frequencies: np.ndarray
    level_db: float
    sample_rate: int
    layers: tuple[LayerPaths, ...]
    findings: tuple[Finding, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        freeze(self, frequencies=("frequency",))

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per unit of every layer, a column of differences for each policy."""
        names = {policy: f"path_{policy.replace(' ', '_')}_difference_db" for policy in POLICIES}
        layers = {}
        for one in self.layers:
            columns = {name: np.full(len(one.measured), np.nan) for name in names.values()}
            columns |= {names[each.policy]: each.difference_db for each in one.policies}
            layers[one.layer] = columns
        return unit_table(layers)
