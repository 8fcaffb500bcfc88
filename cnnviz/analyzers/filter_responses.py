"""Convolutions read as digital filters: what each passes, in Hz, seconds and dB.

First layers on a waveform are finite impulse responses (Oppenheim and Schafer, "Discrete-Time
Signal Processing"); layers behind them are brought to the waveform by composition (module
`cnnviz.dsp.composite`); kernels on spectrograms are read as spectro-temporal modulation filters
(Chi, Ru and Shamma, 2005; module `cnnviz.dsp.modulation`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cnnviz.analyzers._filter_axes import input_axes
from cnnviz.analyzers._filter_banks import build_bank
from cnnviz.analyzers._filter_sources import Source, find_sources, select
from cnnviz.analyzers._filter_waveform import Settings
from cnnviz.analyzers._provenance import provenance_of
from cnnviz.errors import ParameterError
from cnnviz.provenance import Provenance, to_json
from cnnviz.results import FilterBank, FilterResponses

if TYPE_CHECKING:
    from cnnviz.capture import Capture
    from cnnviz.model import AudioModel

_FEWEST_DRAWS = 50


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
        Untrained filters drawn to tell tuned from untuned.
    seed
        Of those draws.
    """

    layers: tuple[str, ...] = ()
    n_fft: int = 4096
    null_draws: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.n_fft < 64 or self.n_fft & (self.n_fft - 1):
            raise ParameterError(f"n_fft={self.n_fft}; allowed: a power of two from 64 on")
        if self.null_draws < _FEWEST_DRAWS:
            raise ParameterError(f"null_draws={self.null_draws}; allowed: {_FEWEST_DRAWS} or more")

    def run(
        self,
        capture: Capture | None,
        model: AudioModel | None,
        progress: Callable[[int, int], None] | None = None,
    ) -> FilterResponses:
        """Read the filters of a model; the capture is needed for nothing but provenance.

        Raises
        ------
        ParameterError
            If no model is given.
        ModelLoadError
            If weights are not finite or there is no convolution.
        LayerNotFoundError
            If a name is not that of a convolution.
        """
        if model is None:
            raise ParameterError("model=None; allowed: a model; filters are read from its weights")
        sources = select(find_sources(model), self.layers)
        settings = Settings(least_points=self.n_fft, null_draws=self.null_draws, seed=self.seed)
        banks: dict[str, FilterBank] = {}
        for done, source in enumerate(sources):
            _add_bank(banks, source, model, settings)
            if progress is not None:
                progress(done + 1, len(sources))
        chosen = tuple(banks[source.convolution.name] for source in sources)
        return FilterResponses(banks=chosen, provenance=self._provenance(capture, model))

    def _provenance(self, capture: Capture | None, model: AudioModel) -> Provenance:
        if capture is not None:
            return provenance_of(self, capture, seed=self.seed)
        return Provenance(
            model_name=model.name,
            model_digest=model.digest,
            seed=self.seed,
            parameters=to_json(asdict(self)),
        )


def _add_bank(
    banks: dict[str, FilterBank], source: Source, model: AudioModel, settings: Settings
) -> FilterBank:
    """Build the bank of a layer once, after those of the layers it reads."""
    name = source.convolution.name
    if name not in banks:
        above = source.parent
        parent = None if above is None else _add_bank(banks, above, model, settings)
        banks[name] = build_bank(source, parent, input_axes(model), settings)
    return banks[name]
