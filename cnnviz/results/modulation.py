"""What filters pass of patterns over frequency and time."""

from dataclasses import dataclass

import numpy as np

from cnnviz.results._freeze import freeze


@dataclass(frozen=True, kw_only=True, slots=True)
class InputKernels:
    """Taps of filters as seen at the network's input.

    Parameters
    ----------
    taps
        (filter, tap), summed over input channels, or (filter, frequency, time); float64.
    seconds
        Of each tap from the first, (tap,); None when not known.
    offset, jump
        First audio sample seen by output 0, and audio samples between outputs; None when not
        known.
    """

    taps: np.ndarray
    seconds: np.ndarray | None
    offset: float | None
    jump: float | None

    def __post_init__(self) -> None:
        freeze(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Modulation:
    """Modulation transfer of filters whose taps span a frequency axis.

    Parameters
    ----------
    values
        Magnitude re its maximum, float32 (filter, scale, rate).
    rates, scales
        Axes of `values`: rates negative and positive (see `negative_rates`), scales >= 0, in
        `rate_unit` and `scale_unit`.
    rate_unit, scale_unit
        ``"Hz"`` or ``"cycles/frame"``; ``"cycles/octave"`` or ``"cycles/channel"``.
    reference_hz
        Where on the frequency axis cycles per octave hold; None: over the whole axis, or the
        axis has no unit.
    kernels
        Taps (filter, frequency, time) on the spectrogram that it was computed from; None: the
        layer's own.
    """

    values: np.ndarray
    rates: np.ndarray
    scales: np.ndarray
    rate_unit: str
    scale_unit: str
    reference_hz: float | None
    kernels: InputKernels | None = None

    def __post_init__(self) -> None:
        freeze(self, values=(None, "scale", "rate"), rates=("rate",), scales=("scale",))

    @property
    def is_over_frequency(self) -> bool:
        """Whether the channels are known to lie along frequency."""
        return self.scale_unit == "cycles/octave"

    @property
    def negative_rates(self) -> str:
        """Where patterns of negative rates go, for captions."""
        where = "in frequency" if self.is_over_frequency else "along the channels"
        return f"negative rates rise {where}"
