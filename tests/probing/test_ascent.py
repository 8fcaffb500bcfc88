"""Gradient ascent on the sphere of sounds of one level, on functions whose top is known."""

import numpy as np
import torch

from cnnviz.probing.ascent import Sphere, climb

N = 32


def test_a_quadratic_form_ends_in_its_largest_eigenvector():
    generator = np.random.default_rng(0)
    root = torch.from_numpy(generator.normal(size=(3, N)).astype(np.float32))
    root[0] *= 4

    ended = climb(
        lambda sounds, shift: (sounds @ root.T).square().sum(1),
        generator.normal(size=(2, N)), Sphere(rms=0.1), n_steps=60, jump=1, seed=0,
    )  # fmt: skip

    values, vectors = np.linalg.eigh((root.T @ root).double().numpy())
    cosines = ended.sounds @ vectors[:, -1] / np.linalg.norm(ended.sounds, axis=1)
    np.testing.assert_allclose(np.abs(cosines), 1, atol=1e-5)
    np.testing.assert_allclose(ended.activations, values[-1] * 0.01 * N, rtol=1e-4)


def test_no_sound_ends_below_where_it_began():
    taps = torch.randn(N, generator=torch.Generator().manual_seed(0))
    start = np.stack([taps.numpy(), np.random.default_rng(1).normal(size=N)])

    def jagged(sounds, shift):  # a shift turns the gradient around
        return (sounds @ taps) * (1 if shift == 0 else -1)

    sphere = Sphere(rms=0.1)
    ended = climb(jagged, start, sphere, n_steps=10, jump=8, seed=0)

    began = jagged(sphere.nearest(torch.from_numpy(start.astype(np.float32))), 0).numpy()
    assert (ended.activations >= began - 1e-6).all()


def test_the_sphere_leaves_out_frequencies_and_has_its_level():
    sounds = torch.randn(3, 64, generator=torch.Generator().manual_seed(0))

    kept = Sphere(rms=0.2, highest_share=0.5).nearest(sounds).double().numpy()

    np.testing.assert_allclose(np.sqrt((kept**2).mean(1)), 0.2, rtol=1e-6)
    power = np.abs(np.fft.rfft(kept)) ** 2
    assert power[:, 17:].max() < 1e-9 * power.max()
