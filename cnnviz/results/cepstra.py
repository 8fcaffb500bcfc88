"""What kernels over cepstral coefficients mean over mel bands."""

from dataclasses import dataclass

import numpy as np

from cnnviz.results._freeze import freeze


@dataclass(frozen=True, kw_only=True, slots=True)
class Cepstra:
    """The transform behind a kernel's coefficients, for `cnnviz.dsp.cepstra.mel_patterns`.

    Parameters
    ----------
    basis
        From log-mel levels to what the kernel reads, but for a constant, (coefficient, mel).
    bands_hz
        Centres of the mel bands, (mel,).
    offsets
        First coefficients that the kernel lies on, below 0 in the padding, (place,).
    dilation
        Coefficients between taps.
    """

    basis: np.ndarray
    bands_hz: np.ndarray
    offsets: np.ndarray
    dilation: int

    def __post_init__(self) -> None:
        freeze(self, basis=("coefficient", "mel"), bands_hz=("mel",), offsets=("place",))
