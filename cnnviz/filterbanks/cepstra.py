"""Layers that read cepstral coefficients: the transform behind them, and where kernels lie."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cnnviz.dsp.composite import Kernel
from cnnviz.filterbanks.layer import Layer
from cnnviz.frontend import build_frontend
from cnnviz.model import AudioModel
from cnnviz.results.cepstra import Cepstra


@dataclass(frozen=True, kw_only=True, slots=True)
class CepstralInput:
    """Coefficients from log-mel levels, (coefficient, mel), and centres of the bands in Hz."""

    basis: np.ndarray
    bands_hz: np.ndarray


def cepstral_input(model: AudioModel) -> CepstralInput | None:
    """Transform of a model's MFCC frontend, over its deviations; None for another frontend."""
    spec = model.frontend.spec
    if spec.kind != "mfcc":
        return None
    from cnnviz.frontend.spectrogram import cepstral_basis

    levels = build_frontend(
        replace(spec, kind="log_mel", mean=0.0, std=1.0), sample_rate=model.sample_rate
    )
    deviations = np.broadcast_to(np.asarray(spec.std, dtype=np.float64), (spec.n_mfcc,))
    return CepstralInput(
        basis=cepstral_basis(spec) / deviations[:, None],
        bands_hz=levels.grid(model.n_samples or model.sample_rate).frequencies,
    )


def read_cepstra(layer: Layer, cepstral: CepstralInput | None) -> Cepstra | None:
    """Coefficients that a layer's kernels lie on; None where it does not read them directly."""
    chain = layer.source.chain
    if cepstral is None or chain is None or len(chain) != 1 or not isinstance(chain[0], Kernel):
        return None
    n_coefficients, kernel = len(cepstral.basis), chain[0]
    if layer.is_temporal:
        fits = layer.taps.shape[1] == n_coefficients and kernel.groups == 1
        return _at(cepstral, np.zeros(1, int), 1) if fits else None
    if layer.taps.shape[1] != 1:
        return None
    step, dilation, padding = kernel.stride[0], kernel.dilation[0], kernel.padding[0]
    reach = dilation * (layer.taps.shape[2] - 1)
    offsets = np.arange(-padding, n_coefficients + padding - reach, max(step, 1))
    return _at(cepstral, offsets, dilation) if len(offsets) else None


def _at(cepstral: CepstralInput, offsets: np.ndarray, dilation: int) -> Cepstra:
    return Cepstra(
        basis=cepstral.basis, bands_hz=cepstral.bands_hz, offsets=offsets, dilation=dilation
    )
