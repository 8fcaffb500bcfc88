"""What lies before a first convolution, measured where its operations give no chain."""

import numpy as np
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from cnnviz.dsp.composite import Kernel
from cnnviz.hooks import borrowed
from cnnviz.model import AudioModel
from cnnviz.trace.weights import as_float64

_MOST_TAPS = 1024
_SILENT = 1e-5  # of the largest value of an impulse response
_TOLERANCE = 1e-3  # rms error over rms: what is taken for linear
_N_CLIPS = 2


def measure_first_filter(model: AudioModel, index: int, n_axes: int) -> Kernel | None:
    """Measure the filter between the waveform and the input of a convolution.

    The answer to an impulse is held against the answer to noise of another level: only what is
    linear and the same at all times passes.

    Parameters
    ----------
    model
        With a graph and the waveform as its input; borrowed.
    index
        Position of the convolution in order of execution.
    n_axes
        Spatial axes of the convolution; all but the last have length one.

    Returns
    -------
    Kernel or None
        (channel, 1, ..., tap), not learned; None where it is no such filter of at most 1,024
        taps at the rate of the waveform.
    """
    n_samples = model.n_samples or model.sample_rate
    impulse = np.zeros(n_samples)
    impulse[n_samples // 2] = 1.0
    noise = np.random.default_rng(0).normal(0.0, 0.1, n_samples)
    heard = [_heard(model, index, signal) for signal in (np.zeros(n_samples), impulse, noise)]
    silence, response, answer = heard
    if silence is None or response is None or answer is None:
        return None
    response = response - silence
    loud = np.abs(response).max(axis=0) > _SILENT * np.abs(response).max()
    places = np.flatnonzero(loud)
    if not len(places) or np.ptp(places) >= _MOST_TAPS or not np.isfinite(response).all():
        return None
    first, last = int(places[0]), int(places[-1])
    taps = response[:, first : last + 1][:, ::-1]  # a correlation reads its taps backwards
    padding = last - n_samples // 2
    if not _explains(taps, padding, noise, answer - silence):
        return None
    return Kernel(
        taps=taps.reshape(len(taps), *(1,) * n_axes, -1),
        bias=silence[:, (first + last) // 2],
        stride=(1,) * n_axes,
        dilation=(1,) * n_axes,
        padding=(*(0,) * (n_axes - 1), padding),
    )


def _explains(taps: np.ndarray, padding: int, noise: np.ndarray, answer: np.ndarray) -> bool:
    """Whether taps (channel, tap) give the answer (channel, time) to noise, off its ends."""
    n_taps, edge = taps.shape[1], taps.shape[1] + abs(padding)
    times = np.arange(edge, min(len(noise), answer.shape[1]) - edge)
    expected = np.stack([np.correlate(noise, row, "valid")[times - padding] for row in taps])
    error = expected - answer[:, times]
    is_small = np.square(error).sum() <= _TOLERANCE**2 * np.square(answer[:, times]).sum()
    return bool(is_small and len(times) > n_taps)


def measure_clip_gain(model: AudioModel, index: int) -> bool:
    """Whether a convolution reads each clip but for a gain and an offset of the clip's own.

    Instance norm, division by peak or rms and removal of the mean do so. Two clips of noise of
    other levels and offsets are heard; each must be one line over the samples that were played.

    Parameters
    ----------
    model
        With a graph and the waveform as its input; borrowed.
    index
        Position of the convolution in order of execution.
    """
    n_samples = model.n_samples or model.sample_rate
    random = np.random.default_rng(0)
    for level, offset in ((0.1, 0.0), (0.3, 0.2)):
        signal = random.normal(offset, level, n_samples)
        heard = _heard(model, index, signal)
        if heard is None or heard.shape != (1, n_samples) or not _is_line(signal, heard[0]):
            return False
    return True


def _is_line(signal: np.ndarray, heard: np.ndarray) -> bool:
    """Whether `heard` is a gain times the signal plus a constant."""
    centred, answer = signal - signal.mean(), heard - heard.mean()
    gain = centred @ answer / (centred @ centred)
    error = np.square(answer - gain * centred).sum()
    return bool(gain > 0 and error <= _TOLERANCE**2 * np.square(answer).sum())


class _Reached(Exception):  # noqa: N818 (a signal, not an error)
    """The convolution is about to run."""


class _UntilConvolution(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Stops a forward pass at a convolution and keeps its input."""

    def __init__(self, index: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.remaining = index
        self.input: torch.Tensor | None = None

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No compiler is at work here; asking for it would import torch._dynamo, for seconds."""
        return False

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        """Count convolutions."""
        if func._schema.name.endswith("convolution"):  # noqa: SLF001 (its only public face)
            if not self.remaining:
                self.input = args[0]
                raise _Reached
            self.remaining -= 1
        return func(*args, **(kwargs or {}))


def _heard(model: AudioModel, index: int, signal: np.ndarray) -> np.ndarray | None:
    """What a convolution reads of a signal (sample,), float64 (channel, time)."""
    until = _UntilConvolution(index)
    network: nn.Module = model.network
    try:
        with torch.inference_mode(mode=False), borrowed(network), torch.no_grad(), until:
            network(_on_axes(model, signal))
    except _Reached:
        pass
    except (RuntimeError, ValueError, IndexError, AssertionError):
        return None  # another number of clips is asked for
    if until.input is None or int(np.prod(until.input.shape[2:-1])) != 1:
        return None
    heard = as_float64(until.input[0])
    is_at_rate = abs(heard.shape[-1] - len(signal)) < min(_MOST_TAPS, len(signal) // 4)
    return heard.reshape(len(heard), -1) if is_at_rate else None


def _on_axes(model: AudioModel, signal: np.ndarray) -> torch.Tensor:
    """The signal in every clip of a batch, behind the frontend."""
    n_clips = model.batch_size or _N_CLIPS
    clips = torch.from_numpy(np.tile(signal, (n_clips, 1))).to(torch.float32)
    if model.layout != "bt":
        clips = clips.unsqueeze(1 if model.layout == "bct" else -1)
    parameter = next((p for p in model.network.parameters() if p.is_floating_point()), None)
    return clips.to(model.device) if parameter is None else clips.to(parameter)
