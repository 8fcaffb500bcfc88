"""Why a network did not run on clips, and what to do about it."""

import re
from collections.abc import Sequence

from cnnviz.model import AudioModel

_MOST_WAVEFORM_CHANNELS = 8
_CHANNELS = re.compile(r"to have (\d+) channels, but got 1 channels")
_MORE_INPUTS = re.compile(r"missing \d+ required|expected at least \d+ argument|missing value for")


def refusal(model: AudioModel, error: str, layouts: Sequence[str]) -> str:
    """One line: what was tried, what the network said, what to do.

    Parameters
    ----------
    model
        As it was tried.
    error
        Of the first attempt.
    layouts
        That were tried.
    """
    n_samples = model.n_samples or model.sample_rate
    inputs = f"{model.frontend.spec.kind} input"
    if model.frontend.spec.kind == "waveform":
        inputs = f"waveforms as {' or '.join(layouts)}"
    return (
        f"{model.reference} does not take {n_samples} samples of {inputs} ({error}); "
        f"{_advice(model, error)}"
    )


def _advice(model: AudioModel, error: str) -> str:
    if _MORE_INPUTS.search(error):
        return (
            "it takes more than the clips: name a factory whose forward(x) calls network(x, ...) "
            "with the rest filled in"
        )
    length = "--n-samples N (length of the clips it was trained on)"
    if model.frontend.spec.kind != "waveform":
        return (
            f"add {length}, or, as the frontend gives (clip, 1, frequency, time), name a factory "
            "whose forward(x) calls network(x[:, 0]) for (clip, frequency, time) or "
            "network(x[:, 0].transpose(1, 2)) for (clip, time, frequency)"
        )
    found = _CHANNELS.search(error)
    n_channels = int(found.group(1)) if found else 1
    if 1 < n_channels <= _MOST_WAVEFORM_CHANNELS:
        return (
            f"clips have one channel and it reads {n_channels}: name a factory whose forward(x) "
            f"calls network(x.expand(-1, {n_channels}, -1))"
        )
    return f'add {length} or --frontend JSON if it takes spectrograms (or "frontend" in MODEL.json)'
