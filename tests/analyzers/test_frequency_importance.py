"""Band importance of detectors whose frequencies are known; the sentence only where it holds."""

import numpy as np
import pytest
import torch
from scipy.signal import firwin
from torch import nn

from cnnviz.analyzers._frequency_findings import agreement_findings, convergence_findings
from cnnviz.analyzers.frequency_importance import BandImportance
from cnnviz.attribution.methods.input_x_gradient import InputXGradient
from cnnviz.dsp.scales import erb_hz
from cnnviz.errors import ParameterError, UnknownNameError
from cnnviz.evaluation.agreement import agree
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.run import Run

RATE, N, CENTRES_HZ = 16000, 8000, (350.0, 1000.0, 2600.0, 5200.0)
BURST_SECONDS = 0.2


class Detectors(nn.Module):
    """A rectified pair of Gabor filters at each frequency; the score is what passes them."""

    def __init__(self):
        super().__init__()
        times = torch.arange(-400, 401) / RATE
        turns = 2 * torch.pi * torch.tensor(CENTRES_HZ)[:, None] * times
        pairs = torch.stack([turns.cos(), turns.sin()], 1) * torch.exp(-0.5 * (times / 0.006) ** 2)
        self.filters = nn.Parameter(pairs.flatten(0, 1)[:, None].float())

    def forward(self, x):
        passed = torch.conv1d(x, self.filters, stride=8).relu()
        return passed.reshape(len(x), len(CENTRES_HZ), -1).mean(-1)


class HighPass(nn.Module):
    """The rectified mean of what lies above 1 kHz, by a filter of 80 dB; and a constant."""

    def __init__(self):
        super().__init__()
        taps = firwin(513, 1250, window=("kaiser", 8), pass_zero=False, fs=RATE)
        self.taps = nn.Parameter(torch.tensor(taps, dtype=torch.float32)[None, None])

    def forward(self, x):
        passed = torch.conv1d(x, self.taps).relu().mean(-1)
        return torch.cat([passed, 0 * passed], 1)


def bursts(n_per_class=3):
    """A burst at the frequency of its class, and one twice as loud at that of no class."""
    generator, times = np.random.default_rng(0), np.arange(N) / RATE
    labels = np.repeat(np.arange(len(CENTRES_HZ)), n_per_class)
    starts = generator.uniform(0.1, 0.25, len(labels))
    within = (times >= starts[:, None]) & (times < starts[:, None] + BURST_SECONDS)
    phases = generator.uniform(0, 6, (2, len(labels), 1))
    own = np.sin(2 * np.pi * np.array(CENTRES_HZ)[labels, None] * times + phases[0])
    other = 2 * np.sin(2 * np.pi * 1700 * times + phases[1])
    noise = 1e-4 * generator.normal(size=own.shape)
    return (0.1 * within * (own + other) + noise).astype(np.float32), labels, starts


@pytest.fixture
def run_of(recorded):
    """A run over clips of a network whose classes are those of the labels."""

    def build(network, audio, labels, n_classes, groups=()):
        names = tuple(f"class {k}" for k in range(n_classes))
        spec = ModelSpec(
            sample_rate=RATE, frontend=FrontendSpec(), class_names=names, output="logits"
        )
        model = assemble(network.eval(), spec, name="tiny", reference="tiny")
        with torch.no_grad():
            logits = model.scores(torch.tensor(audio)).numpy()
        capture = recorded(
            logits=logits, labels=labels, class_names=names, groups=groups, audio=audio,
            audio_index=np.arange(len(audio)), sample_rate=RATE,
        )  # fmt: skip
        return Run(capture=capture, model=model)

    return build


@pytest.fixture
def detected(run_of):
    audio, labels, _ = bursts()
    run = run_of(Detectors(), audio, labels, len(CENTRES_HZ))
    return BandImportance(method="input_x_gradient", score="logit").run(run)


def test_importance_peaks_within_an_erb_of_the_detector_and_ablation_in_the_same_band(detected):
    peaks = detected.importance.mean.argmax(1)

    centres = (detected.edges_hz[1:] + detected.edges_hz[:-1])[peaks] / 2
    assert (np.abs(centres - CENTRES_HZ) <= erb_hz(np.array(CENTRES_HZ))).all()
    np.testing.assert_array_equal(detected.ablation.mean.argmax(1), peaks)


def test_what_counts_is_told_from_what_is_loud(detected):
    loudest = detected.energy.argmax(1)

    assert (detected.edges_hz[loudest] <= 1700).all()
    assert (detected.edges_hz[loudest + 1] >= 1700).all()
    assert (detected.agreement > detected.energy_agreement).all()


def test_maps_begin_at_the_onset_of_the_sound(detected):
    sums = np.abs(detected.maps).sum(1)  # (class, time)

    reach = 0.016 + 0.01  # half a window, and a block of the onset
    within = (detected.times > -reach) & (detected.times < BURST_SECONDS + reach)
    assert (detected.n_aligned == 3).all()
    assert (sums[:, within].sum(1) > 0.97 * sums.sum(1)).all()
    assert detected.times[np.abs(detected.times).argmin()] == 0


def test_bands_share_out_all_relevance_of_a_clip(run_of):
    audio, labels, _ = bursts(1)
    run = run_of(Detectors(), audio, labels, len(CENTRES_HZ))

    found = BandImportance(method="input_x_gradient", n_per_class=1, score="logit").run(run)

    whole = InputXGradient(score="logit", target="label").run(run).samples.totals
    np.testing.assert_allclose(found.importance.mean.sum(1), whole, rtol=1e-5)


def test_a_network_that_hears_nothing_below_1_khz_uses_nothing_there(run_of):
    times = np.arange(N) / RATE
    tones = np.sin(2 * np.pi * np.array([[300], [3000]]) * times).sum(0) / 10
    audio = np.stack([tones, -tones]).astype(np.float32)
    run = run_of(HighPass(), audio, np.zeros(2, int), 2)

    found = BandImportance(method="input_x_gradient", score="logit").run(run)

    is_low = found.edges_hz[1:] <= 1000
    whole = found.importance.mean.sum()
    assert found.energy[0][is_low].sum() == pytest.approx(0.5, abs=0.02)
    assert np.abs(found.importance.mean[0][is_low]).max() < 1e-3 * whole
    assert np.abs(found.ablation.mean[0][is_low]).max() < 2e-3 * whole


def test_clips_of_a_class_are_those_of_many_speakers(run_of):
    audio, labels, _ = bursts(4)
    speakers = ("ann", "ann", "bea", "bea") * len(CENTRES_HZ)
    run = run_of(Detectors(), audio, labels, len(CENTRES_HZ), groups=speakers)

    found = BandImportance(method="input_x_gradient", n_per_class=2, n_bands=20).run(run)

    np.testing.assert_array_equal(found.clip_index, [0, 2, 4, 6, 8, 10, 12, 14])
    np.testing.assert_array_equal(found.n_groups, 2)
    assert found.class_names == tuple(f"class {k}" for k in range(4))


def test_clips_without_an_onset_are_left_out_of_the_map_and_counted(run_of):
    audio, labels, _ = bursts(2)
    audio[0] = 0.01 * np.random.default_rng(1).normal(size=N)
    run = run_of(Detectors(), audio, labels, len(CENTRES_HZ))

    found = BandImportance(method="input_x_gradient", n_bands=20).run(run)

    np.testing.assert_array_equal(found.n_aligned, [1, 2, 2, 2])
    np.testing.assert_array_equal(found.n_clips, 2)


def curves_of(follows, seed):
    """Agreement of importance that follows ablation, or the energy alone, and no more."""
    generator = np.random.default_rng(seed)
    classes, speakers = np.repeat(np.arange(3), 6), np.tile(np.arange(6), 3)
    truth, loud = np.cumsum(generator.normal(size=(2, 3, 24)), axis=2)[:, classes]
    base = truth if follows else loud
    importance, ablation, energy = (
        one + generator.normal(size=one.shape) for one in (base, truth, loud)
    )
    return agree(
        importance, energy, ablation, classes=classes, groups=speakers, seed=0, n_resamples=100
    )


def test_relevance_that_follows_the_energy_alone_is_said_to_tell_in_few_cases():
    said = [agreement_findings("lrp", curves_of(follows=False, seed=k))[0] for k in range(40)]

    assert np.mean([one.severity == "note" for one in said]) <= 0.05
    assert "Relevance by LRP is not shown to tell which bands count" in said[0].sentence


def test_relevance_that_follows_ablation_is_said_to_tell():
    said = [agreement_findings("lrp", curves_of(follows=True, seed=k))[0] for k in range(10)]

    told = [one for one in said if one.severity == "note"]
    assert len(told) >= 5
    assert told[0].sentence.startswith("Relevance by LRP tells which bands count: over 24 bands")
    assert all(one.evidence[0].value <= 0.05 and one.evidence[3].value > 0 for one in told)


def test_only_clips_that_did_not_converge_are_counted():
    assert convergence_findings("lrp", 5, 5) == ()
    assert convergence_findings("lrp", 3, 5)[0].sentence.startswith("Not converged in 2 of 5 clips")


def test_an_unknown_method_or_too_few_bands_are_refused():
    with pytest.raises(UnknownNameError, match="'gradcam' is not one of the methods: deeplift"):
        BandImportance(method="gradcam")
    with pytest.raises(ParameterError, match="n_bands=8; allowed: 20 to 96"):
        BandImportance(n_bands=8)
