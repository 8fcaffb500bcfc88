"""Centre frequency of each channel of a convolution, read at the waveform."""

from __future__ import annotations

import numpy as np

from cnnviz.analyzers._filter_axes import input_axes
from cnnviz.analyzers._filter_sources import find_sources
from cnnviz.analyzers._filter_waveform import waveform_chain
from cnnviz.dsp import descriptors, response
from cnnviz.dsp.composite import effective_kernel
from cnnviz.model import AudioModel


def channel_centres(model: AudioModel | None, layers: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Find the half-power centres in Hz of the channels of convolutions.

    Parameters
    ----------
    model
        The live model; None: nothing is known.
    layers
        Names of layer calls.

    Returns
    -------
    dict of str to np.ndarray
        (channel,) in Hz, NaN for dead channels; layers without a chain of known steps from
        the waveform are left out.
    """
    if model is None or not model.has_graph:
        return {}
    axes = input_axes(model)
    found = {}
    for source in find_sources(model):
        if source.convolution.name not in layers:
            continue
        chain = waveform_chain(source, axes)
        if chain is not None:
            first = source.origin
            kernel = effective_kernel(chain, first.weight.shape[1] * first.groups)
            taps = kernel.taps.sum(axis=1)  # (channel, tap)
            found[source.convolution.name] = half_power_centres(taps, axes.sample_rate)
    return found


def half_power_centres(taps: np.ndarray, sample_rate: float) -> np.ndarray:
    """Middle of the -3 dB band of each filter in Hz, (filter,); NaN for all-zero taps."""
    n_fft = response.n_points(taps.shape[-1])
    powers = response.power(response.spectra(taps, n_fft))
    bands = descriptors.half_power_bands(powers, descriptors.find_peaks(powers))
    known = np.where(descriptors.energies(taps) > 0, 1.0, np.nan)
    return np.asarray((bands.lower + bands.upper) / 2 * sample_rate / n_fft * known)
