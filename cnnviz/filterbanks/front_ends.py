"""Front ends inside a network: Fourier kernels, `stft` and mel matrices before what is learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from cnnviz.dsp.fourier import LEAST_SHARE, centres_of_rows
from cnnviz.model import WeightsOnly
from cnnviz.results import Evidence, Finding
from cnnviz.trace import Convolution
from cnnviz.trace.weights import as_float64


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontEnd:
    """Bands that a network makes of the waveform before its first learned layer.

    Parameters
    ----------
    layers
        Convolutions whose taps are Fourier kernels; empty where a function transforms.
    bands_hz
        Centres (band,); an empty band has the place that its neighbours leave.
    jump
        Audio samples between frames; None when not known.
    """

    layers: tuple[str, ...]
    bands_hz: np.ndarray
    jump: float | None

    def describe(self) -> str:
        """One line that names layers, bands and hop."""
        made = f" ({', '.join(self.layers)}: Fourier kernels)" if self.layers else ""
        hop = "" if self.jump is None else f" every {self.jump:g} samples"
        return (
            f"reads a front end inside the network{made}: {len(self.bands_hz)} bands, "
            f"{self.bands_hz[0]:,.0f}-{self.bands_hz[-1]:,.0f} Hz{hop}"
        )


def front_end_of(
    convolution: Convolution, before: Sequence[Convolution], sample_rate: float
) -> FrontEnd | None:
    """Front end whose bands a convolution reads; None where it reads something else.

    Bands that do not rise are no axis: cosines and sines side by side are still a linear path.
    """
    known = convolution.band_cycles[np.isfinite(convolution.band_cycles)]
    if len(known) < 2 or (np.diff(known) <= 0).any():
        return None
    jump = convolution.time_axis_jump
    return FrontEnd(
        layers=tuple(each.name for each in before if each.is_fourier),
        bands_hz=_filled(convolution.band_cycles) * sample_rate,
        jump=float(jump) if np.isfinite(jump) else None,
    )


def bare_front_end(
    network: WeightsOnly,
    convolution: Convolution,
    before: Sequence[Convolution],
    sample_rate: float,
) -> FrontEnd | None:
    """Front end among weights without a graph, where a layer has a channel for each band.

    The bands are the bins of Fourier kernels before it, or those that a matrix in the file, such
    as a mel buffer, gathers from them. The distance of frames is not known.
    """
    kernels = [each for each in before if each.is_fourier]
    n_channels = convolution.weight.shape[1]
    if not kernels or convolution.is_fourier:
        return None
    n_taps = kernels[0].weight.shape[2]
    bins = np.arange(n_taps // 2 + 1) / n_taps
    matrices = [
        as_float64(t) for t in network.tensors.values() if t.ndim == 2 and t.is_floating_point()
    ]
    gathered = [
        centres_of_rows(rows, bins)
        for matrix in matrices
        for rows in (matrix, matrix.T)
        if rows.shape == (n_channels, len(bins))
    ]
    found = [
        centres
        for centres in ([bins] if n_channels == len(bins) else gathered)
        if centres is not None
    ]
    if convolution.weight.ndim != 3 or len(found) != 1:
        return None
    return FrontEnd(
        layers=tuple(each.name for each in kernels),
        bands_hz=_filled(found[0]) * sample_rate,
        jump=None,
    )


def sinc_edges(tensors: Mapping[str, Tensor]) -> str:
    """Names of parameters that hold the band edges of sinc filters; empty where there are none."""
    endings = ("low_hz_", "band_hz_")
    return ", ".join(name for name in tensors if name.rpartition(".")[2] in endings)


def _filled(centres: np.ndarray) -> np.ndarray:
    places, known = np.arange(len(centres)), np.isfinite(centres)
    return np.asarray(np.interp(places, places[known], centres[known]))


def describe_kernels(layer: str, n_filters: int) -> tuple[Finding, ...]:
    """Say that filters are a transform, so that nothing is read into their shapes."""
    return (
        Finding(
            id=f"fourier_kernels:{layer}",
            sentence=f"All {n_filters:,} filters are Fourier kernels: {LEAST_SHARE:.1%} or more of "
            "the energy of each is a window times the cosine and sine of one bin. They are a front "
            "end in which no learning shows.",
            evidence=(
                Evidence(name="Fourier kernels", value=n_filters),
                Evidence(name="least share of energy in one bin", value=LEAST_SHARE),
            ),
            threshold=None,
            null=None,
            fragment=f"filters-{layer}",
        ),
    )
