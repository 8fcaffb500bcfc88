"""Scales against published numbers."""

import librosa
import numpy as np
import pytest

from cnnviz.dsp.scales import (
    SCALES,
    bark,
    channels_per_octave,
    erb_hz,
    erb_number,
    erb_spaced,
    evenly_spaced,
    mel_htk,
    mel_slaney,
    reference_frequency,
)


def mel_axis(n_mels: int, top_hz: float) -> np.ndarray:
    """HTK mel centres."""
    top = 2595 * np.log10(1 + top_hz / 700)
    steps = np.arange(1, n_mels + 1) * top / (n_mels + 1)
    return 700 * (10 ** (steps / 2595) - 1)


def test_the_bandwidth_of_hearing_at_1_khz() -> None:
    assert erb_hz(np.array(1000.0)) == pytest.approx(132.639)


def test_the_erb_rate_counts_bandwidths_of_hearing() -> None:
    frequencies = np.linspace(100, 8000, 20_001)

    # dE/df = 1 / ERB(f), so the rate is its integral; 21.4 is ln 10 / (24.7 * 0.00437), rounded
    counted = np.sum(np.diff(frequencies) / erb_hz((frequencies[1:] + frequencies[:-1]) / 2))
    assert erb_number(frequencies[-1:]) - erb_number(frequencies[:1]) == pytest.approx(
        counted, rel=5e-3
    )


def test_equal_steps_on_the_erb_scale_have_equal_numbers() -> None:
    spaced = erb_spaced(150.0, 7000.0, 9)

    assert spaced[[0, -1]] == pytest.approx([150.0, 7000.0])
    np.testing.assert_allclose(np.diff(erb_number(spaced), 2), 0, atol=1e-9)


@pytest.mark.parametrize(("hz", "expected"), [(500, 4.70), (1000, 6.63), (4000, 9.60)])
def test_mel_channels_per_octave_depend_on_the_frequency(hz: float, expected: float) -> None:
    found = channels_per_octave(mel_axis(40, 8000), hz)  # 41 steps; slope: f ln2 1127 / (700+f) dm

    assert found == pytest.approx(expected, rel=0.02)


def test_a_logarithmic_axis_has_the_same_everywhere() -> None:
    axis = 100 * 2.0 ** (np.arange(60) / 8)

    assert channels_per_octave(axis, 300) == pytest.approx(8)
    assert channels_per_octave(axis, 5000) == pytest.approx(8)


def test_the_reference_is_1_khz_where_the_axis_has_it() -> None:
    assert reference_frequency(np.linspace(0, 8000, 41)) == 1000.0
    assert reference_frequency(np.array([100.0, 200.0, 400.0])) == 200.0


def test_mel_scales_are_those_of_librosa() -> None:
    hertz = np.concatenate([np.linspace(0.1, 1500, 400), np.linspace(1500, 22_050, 400)])

    np.testing.assert_allclose(mel_htk(hertz), librosa.hz_to_mel(hertz, htk=True))
    np.testing.assert_allclose(mel_slaney(hertz), librosa.hz_to_mel(hertz))


def test_the_critical_band_rate_at_published_band_edges() -> None:
    edges = np.array([200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700])

    # Zwicker (1961), bands 2 to 15; Traunmüller's formula is within .05 of them there
    np.testing.assert_allclose(bark(edges), np.arange(2, 16), atol=0.05)


@pytest.mark.parametrize("name", SCALES)
def test_even_steps_are_even_on_their_scale(name: str) -> None:
    spaced = evenly_spaced(SCALES[name], 60.0, 7600.0, 41)

    assert spaced[[0, -1]] == pytest.approx([60.0, 7600.0])
    steps = np.diff(SCALES[name](spaced))
    np.testing.assert_allclose(steps, steps.mean(), rtol=1e-3)
