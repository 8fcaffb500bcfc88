"""Modulation transfer of units: at which rates they follow amplitude and frequency modulation.

Each unit hears its own best tone, modulated at rates from 2 Hz to half the rate of its layer's
cells, and the Fourier component of its activation at the rate is read over whole periods. It is
made on request.

References
----------
Joris, Schreiner and Rees, "Neural processing of amplitude-modulated sounds" (2004).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from cnnviz.analyzers._modulation_findings import modulation_findings
from cnnviz.dsp.modulation_rate import best_rates, cut_offs, group_delays, passed
from cnnviz.hooks import borrowed
from cnnviz.parameters import Range, check_parameters
from cnnviz.probing import UnitLayer, unit_layers
from cnnviz.probing.modulation import LayerComponents, Sweep, hear_modulation
from cnnviz.probing.periodic import cell_rate_hz, why_not
from cnnviz.results.modulation_transfer import ModulationTransfer, UnitModulation
from cnnviz.untrained import untrained_twins

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class ModulationTransferOfUnits:
    """Modulate the best tone of each unit and read how far its activation follows.

    Parameters
    ----------
    layers
        Layers whose channels are the units; empty: the first four convolutions.
    lowest_hz
        Lowest rate of modulation; sounds last two periods of it.
    rates_per_octave
        Rates of modulation in an octave.
    n_tones
        Carriers to choose from, 50 Hz to 0.89 of Nyquist in equal ratios.
    level_db
        Level of the carriers in dB re a full-scale sine.
    depth
        Depth of the amplitude modulation.
    deviations
        Largest shifts of the frequency in frequency modulation, as shares of the carrier.
    n_twins
        Untrained twins that are measured too.
    seed
        Of the twins' weights.
    """

    layers: tuple[str, ...] = ()
    lowest_hz: Annotated[float, Range(above=0)] = 2.0
    rates_per_octave: Annotated[int, Range(1)] = 2
    n_tones: Annotated[int, Range(1)] = 24
    level_db: float = -12.0
    depth: Annotated[float, Range(above=0, most=1)] = 0.5
    deviations: tuple[float, ...] = (0.05, 0.2)
    n_twins: Annotated[int, Range(0)] = 3
    seed: Annotated[int, Range(0)] = 0

    def __post_init__(self) -> None:
        check_parameters(self)

    def run(self, run: Run) -> ModulationTransfer:
        """Measure the network and its untrained twins.

        Raises
        ------
        ParameterError
            If there is no model.
        LayerNotFoundError
            If the network has no such layer.
        UnsupportedModelError
            If hooks cannot reach a layer, or there is no convolution.
        """
        model = run.network
        layers = unit_layers(model, self.layers)
        names = tuple(layer.name for layer in layers if not why_not(layer))
        left_out = [f"{one.name}: {why_not(one)}" for one in layers if why_not(one)]
        if not names:
            return self._result(run, (), left_out, heard_seconds=0.0, n_twins=0)
        total = 1 + self.n_twins
        known = tuple(layer for layer in layers if layer.name in names)
        own = hear_modulation(model, known, self._sweep(), advance=_part(run, 0, total))
        twins = []
        with borrowed(model.network):
            for k, twin in enumerate(untrained_twins(model, n_twins=self.n_twins, seed=self.seed)):
                advance = _part(run, 1 + k, total)
                same = unit_layers(twin, names)
                twins.append(hear_modulation(twin, same, self._sweep(fm=False), advance=advance))
        run.advance(100 * total, 100 * total)
        left_out += [f"{name}: {self._no_rate}" for name in names if name not in own.layers]
        measured = tuple(
            self._layer(layer, own.layers[layer.name], [one.layers[layer.name] for one in twins])
            for layer in known
            if layer.name in own.layers
        )
        return self._result(
            run, measured, left_out, heard_seconds=own.sound_seconds, n_twins=len(twins)
        )

    @property
    def _no_rate(self) -> str:
        return (
            f"no rate from {self.lowest_hz:g} Hz to half the rate of its cells has two periods in "
            "the sounds that the network takes"
        )

    def _sweep(self, *, fm: bool = True) -> Sweep:
        return Sweep(
            lowest_hz=self.lowest_hz,
            rates_per_octave=self.rates_per_octave,
            n_tones=self.n_tones,
            level_db=self.level_db,
            depth=self.depth,
            deviations=self.deviations if fm else (),
        )

    def _layer(
        self, layer: UnitLayer, own: LayerComponents, twins: list[LayerComponents]
    ) -> UnitModulation:
        """What the components of one layer say, beside those of its twins."""
        field = layer.call.time_field
        assert field is not None
        rate = cell_rate_hz(layer, 1.0) * own.sample_rate
        half = 0.5 * (field.size - 1) / own.sample_rate
        transfer, rates = own.depths[:, 0] / self.depth, own.rates_hz
        fm = own.depths[:, 1:]
        n_units = len(transfer)
        largest = int(np.argmax(self.deviations)) if self.deviations else -1
        twin_transfer = [one.depths[:, 0] / self.depth for one in twins]
        return UnitModulation(
            layer=layer.name,
            reading=layer.reading,
            cell_rate_hz=rate,
            carrier_hz=own.carrier_hz,
            band=own.band,
            rates_hz=rates,
            transfer=transfer,
            phases=np.angle(own.components[:, 0]),
            best_rate_hz=best_rates(transfer, rates),
            lower_cut_off_hz=cut_offs(transfer, rates, below=True),
            cut_off_hz=cut_offs(transfer, rates),
            group_delay_seconds=half
            + group_delays(passed(own.components[:, 0]), rates, longest_seconds=half),
            deviations=np.array(self.deviations, dtype=np.float64),
            fm_transfer=fm,
            fm_second=own.second[:, 1:],
            best_fm_rate_hz=best_rates(fm[:, largest], rates)
            if fm.shape[1]
            else np.full(n_units, np.nan),
            twin_best_rate_hz=_stack([best_rates(one, rates) for one in twin_transfer], n_units),
            twin_cut_off_hz=_stack([cut_offs(one, rates) for one in twin_transfer], n_units),
            twin_lower_cut_off_hz=_stack(
                [cut_offs(one, rates, below=True) for one in twin_transfer], n_units
            ),
        )

    def _result(
        self,
        run: Run,
        layers: tuple[UnitModulation, ...],
        left_out: list[str],
        *,
        heard_seconds: float,
        n_twins: int,
    ) -> ModulationTransfer:
        return ModulationTransfer(
            layers=layers,
            left_out=tuple(left_out),
            sample_rate=run.network.sample_rate,
            level_db=self.level_db,
            depth=self.depth,
            sound_seconds=heard_seconds,
            n_twins=n_twins,
            findings=tuple(
                one for layer in layers for one in modulation_findings(layer, self.level_db)
            ),
            provenance=run.provenance(self),
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer takes)
    """No report makes it unasked."""
    return ()


def in_probe(layers: tuple[str, ...]) -> tuple[Analyzer, ...]:
    """One measurement of all layers."""
    return (ModulationTransferOfUnits(layers=layers),)


def _part(run: Run, index: int, total: int) -> Callable[[int, int], None]:
    """Progress of one network of several."""

    def advance(done: int, of: int) -> None:
        run.advance(100 * index + 100 * done // max(of, 1), 100 * total)

    return advance


def _stack(rows: list[np.ndarray], n_units: int) -> np.ndarray:
    """(twin, unit), also of no twins."""
    return np.array(rows, dtype=np.float64).reshape(-1, n_units)
