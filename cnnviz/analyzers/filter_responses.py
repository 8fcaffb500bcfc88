"""Convolutions read as digital filters: what each passes, in Hz, seconds and dB.

First layers on a waveform are finite impulse responses (Oppenheim and Schafer, "Discrete-Time
Signal Processing"); layers behind them are brought to the waveform by composition (module
`cnnviz.dsp.composite`); kernels on spectrograms are read as spectro-temporal modulation filters
(Chi, Ru and Shamma, 2005; module `cnnviz.dsp.modulation`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from cnnviz.errors import ParameterError
from cnnviz.filterbanks import Settings, read_banks
from cnnviz.parameters import Range, check_parameters
from cnnviz.results import FilterResponses

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class FrequencyResponses:
    """Responses, modulation and descriptors of a model's convolutions.

    Parameters
    ----------
    layers
        Names of convolutions; empty: the first two.
    n_fft
        Least length of the zero-padded transform, a power of two; 32 points per tap at least.
    null_draws
        Untrained filters that filters are held against, where as many can be drawn.
    seed
        Of those draws.
    init
        File of the weights that training began with; empty: those that are kept, if any.
    """

    layers: tuple[str, ...] = ()
    n_fft: Annotated[int, Range(64)] = 4096
    null_draws: Annotated[int, Range(50)] = 2000
    seed: int = 0
    init: str = ""

    def __post_init__(self) -> None:
        check_parameters(self)
        if self.n_fft & (self.n_fft - 1):
            raise ParameterError(f"n_fft={self.n_fft}; allowed: a power of two from 64 on")

    def run(self, run: Run) -> FilterResponses:
        """Read the filters of a model; the capture is needed for nothing but provenance.

        Raises
        ------
        ParameterError
            If no model is given.
        ModelLoadError
            If weights are not finite, there is no convolution, or `init` does not fit.
        LayerNotFoundError
            If a name is not that of a convolution.
        """
        settings = Settings(
            least_points=self.n_fft, null_draws=self.null_draws, seed=self.seed, init=self.init
        )
        banks = read_banks(run.model, self.layers, settings, progress=run.advance)
        return FilterResponses(banks=banks, provenance=run.provenance(self))


def in_report(run: Run) -> tuple[Analyzer, ...]:
    """Filters are read where weights are at hand; of the layers named, the convolutions."""
    if not run.has_model:
        return ()
    layers = run.options.layers
    if layers and run.has_capture:
        kinds = {row.name: row.kind for row in run.capture.layer_rows}
        layers = tuple(name for name in layers if kinds.get(name, "").startswith("Conv"))
    options = run.options
    return (FrequencyResponses(layers=layers, seed=options.seed, init=options.init),)
