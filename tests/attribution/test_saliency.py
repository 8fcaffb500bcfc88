"""Saliency against scipy's STFT of a gradient known in closed form."""

import numpy as np
import torch
from scipy.signal import ShortTimeFFT
from scipy.signal.windows import hann

from cnnviz.attribution.attribute import attribute
from cnnviz.attribution.methods.saliency import Saliency

from .conftest import RATE
from .tiny_models import Linear


def test_it_is_the_magnitude_of_the_stft_of_the_gradient(audio_model):
    weight = torch.randn(2, 2048, generator=torch.manual_seed(0))
    waveforms = np.random.default_rng(0).normal(size=(1, 2048)).astype(np.float32)

    (clip,) = attribute(
        Saliency(score="logit"), audio_model(Linear(weight)), waveforms, np.array([1])
    ).clips

    stft = ShortTimeFFT(hann(256, sym=False), hop=64, fs=RATE, phase_shift=None)
    expected = np.abs(stft.stft(weight[1].numpy().astype(float)))
    # the same frames, which scipy centres on multiples of the hop
    centres = np.rint(clip.grid.times * RATE + 0.5).astype(int) // 64 - stft.p_min
    inside = (centres >= 0) & (centres < expected.shape[1])
    assert inside.sum() > 30
    np.testing.assert_allclose(
        clip.values[:, inside], expected[:, centres[inside]], rtol=1e-4, atol=1e-4
    )
    assert clip.expected is None


def test_the_clip_itself_takes_no_part(audio_model):
    model = audio_model(Linear(torch.randn(2, 1000, generator=torch.manual_seed(0))))
    quiet, loud = (np.full((1, 1000), level, np.float32) for level in (0.01, 1.0))

    first, second = (
        attribute(Saliency(), model, one, np.array([0])).clips[0].values for one in (quiet, loud)
    )

    np.testing.assert_allclose(first, second)
