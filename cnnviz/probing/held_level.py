"""A frontend that levels whole clips, held at the gain that it gives to noise."""

from dataclasses import replace

import numpy as np
import torch

from cnnviz.frontend import build_frontend
from cnnviz.frontend.waveform import normalized
from cnnviz.model import AudioModel
from cnnviz.probing.white_noise import white_noise


def with_held_level(model: AudioModel, rms: float) -> AudioModel:
    """A model whose frontend multiplies by what noise of this level gets on average.

    Levelling makes every audio sample depend on the whole clip; correlation and derivatives then
    mix what a unit answers to with how loud the clip is. A gain is linear, and the same.

    Parameters
    ----------
    model
        Given back itself where its frontend levels nothing.
    rms
        Of the noise.
    """
    spec = model.frontend.spec
    if spec.normalize == "none":
        return model
    generator = np.random.default_rng(0)
    n_samples = model.n_samples or model.sample_rate
    noise = torch.from_numpy(white_noise(8, n_samples, rms=rms, generator=generator))
    gain = normalized(noise, spec).std(dim=1) / noise.std(dim=1)
    held = replace(spec, normalize="none", scale=float(gain.mean()))
    return replace(model, frontend=build_frontend(held, sample_rate=model.sample_rate))
