"""Planted units get the names of what was planted; untrained ones hardly ever get any."""

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from cnnviz.analyzers._naming import Candidates, calibrate, name_units
from cnnviz.analyzers.unit_names import UnitNaming
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.probing import unit_layers
from cnnviz.probing.vocabulary import Word
from cnnviz.probing.word_responses import hear_words
from cnnviz.probing.word_sounds import exemplars
from cnnviz.run import Run

RATE, TAPS = 8000, 256
GABORS = {0: 300.0, 1: 700.0, 2: 1100.0, 3: 2000.0}
UP, DOWN, SILENT, N_UNITS = 4, 5, 6, 24


class Bank(nn.Module):
    """Convolution, relu, and the mean over time to three scores."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, N_UNITS, TAPS, stride=4, bias=False)
        self.relu, self.head = nn.ReLU(), nn.Linear(N_UNITS, 3)

    def forward(self, x):
        return self.head(self.relu(self.conv(x)).mean(-1))


def model_of(network):
    spec = ModelSpec(sample_rate=RATE, n_samples=8000, frontend=FrontendSpec())
    return assemble(network, spec, name="bank", reference="bank")


def chirp(low, high):
    """Taps that match a sweep up over all of them, exponential in time."""
    seconds = np.arange(TAPS) / RATE
    span = TAPS / RATE
    rate = np.log(high / low) / span
    window = np.hanning(TAPS)
    return window * np.sin(2 * np.pi * low / rate * np.exp(rate * seconds))


@pytest.fixture(scope="module")
def planted():
    torch.manual_seed(0)
    bank = Bank()
    seconds, window = np.arange(TAPS) / RATE, np.hanning(TAPS)
    taps = {k: window * np.cos(2 * np.pi * hertz * seconds) for k, hertz in GABORS.items()}
    taps[UP], taps[DOWN] = chirp(520.0, 1200.0), chirp(520.0, 1200.0)[::-1]
    with torch.no_grad():
        for unit, kernel in taps.items():
            bank.conv.weight[unit, 0] = torch.from_numpy(kernel / np.linalg.norm(kernel))
        bank.conv.weight[SILENT] = 0
    return UnitNaming().run(Run(model=model_of(bank)))


@pytest.mark.parametrize("unit", GABORS)
def test_a_gabor_unit_gets_the_band_that_holds_its_centre(planted, unit):
    (layer,) = planted.layers
    word = layer.word_index[unit]

    assert planted.families[word] in ("tone", "noise band")
    assert planted.low_hz[word] <= GABORS[unit] <= planted.high_hz[word]


@pytest.mark.parametrize(("unit", "family"), [(UP, "up-chirp"), (DOWN, "down-chirp")])
def test_a_chirp_detector_is_named_after_its_direction_and_band(planted, unit, family):
    (layer,) = planted.layers
    word = layer.word_index[unit]

    assert planted.families[word] == family
    assert planted.low_hz[word] <= 800 <= planted.high_hz[word]


def test_a_silent_unit_is_unnamed(planted):
    (layer,) = planted.layers

    assert planted.names(layer)[SILENT] == "unnamed"
    assert layer.score[SILENT] == -np.inf


def test_the_finding_says_counts_beside_those_of_untrained_twins(planted):
    (finding,) = planted.findings
    counts = planted.layers[0].twin_counts

    assert finding.sentence.startswith(
        f"conv: {planted.layers[0].is_named.sum()} of 24 units named (FDR 5 %; untrained twins: "
        f"{counts.min()}"
    )
    assert finding.evidence[0].value == planted.layers[0].is_named.sum()


class Deep(nn.Module):
    """Two convolutions with batch norm, many channels."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(1, 40, 64, stride=8), nn.BatchNorm1d(40), nn.ReLU(), nn.MaxPool1d(4),
            nn.Conv1d(40, 60, 3), nn.BatchNorm1d(60), nn.ReLU(),
        )  # fmt: skip
        self.head = nn.Linear(60, 3)

    def forward(self, x):
        return self.head(self.body(x).mean(-1))


def test_of_untrained_networks_that_no_limit_knows_at_most_one_unit_in_twenty_is_named():
    counts = []
    for seed in range(100, 104):
        torch.manual_seed(seed)
        found = UnitNaming(seed=seed, n_twins=4).run(Run(model=model_of(Deep())))
        counts.append([int(layer.is_named.sum()) for layer in found.layers])

    assert np.sum(counts) / (4 * 100) <= 0.05


def candidates_of(d_prime, auroc=None):
    return Candidates(
        auroc=0.9 + 0.001 * d_prime if auroc is None else auroc,
        d_prime=d_prime,
        q_value=np.zeros(d_prime.shape),
        preferred=np.ones(d_prime.shape, bool),
    )


def test_of_networks_that_lean_as_a_whole_few_have_more_than_one_unit_in_twenty_named():
    generator, families = np.random.default_rng(0), np.repeat(np.arange(4), 5)
    n_above = 0
    for _ in range(400):
        lean = generator.gamma(4, size=(9, 1, 4)) / 2  # of all units of a network to a family
        drawn = generator.gamma(2, size=(9, 40, 20)) + np.repeat(lean, 5, axis=2)
        calibration = calibrate([candidates_of(one) for one in drawn[:8]], families)
        n_above += (name_units(candidates_of(drawn[8]), calibration).best >= 0).sum() > 2

    assert n_above / 400 < 0.05  # 2.5 % if Student's interval held exactly


def test_the_limit_is_the_end_of_an_interval_of_what_few_units_of_a_further_network_exceed():
    # d' of one word; log(1 + d') of 41 units of each twin is 0, .1 ... 4, times a factor
    twins = [np.expm1(factor * 0.1 * np.arange(41.0))[:, None] for factor in (1.0, 1.1, 1.3)]

    limit = calibrate([candidates_of(one) for one in twins], np.zeros(1, int)).limit

    low, high = np.quantile(np.log1p(np.concatenate(twins)), (0.75, 0.95))
    third = (3.8 * np.array([1.0, 1.1, 1.3]) - low) / (high - low)  # 2 of 41 lie above
    third = np.log(np.maximum(third, 1.0))
    scale = third.std(ddof=1) * np.sqrt(4 / 3)
    assert np.log(limit) == pytest.approx(stats.t.interval(0.95, 2, third.mean(), scale)[1])


def test_the_name_is_the_word_of_the_largest_area_beyond_the_limit():
    families = np.zeros(3, dtype=int)
    null = [candidates_of(np.random.default_rng(k).normal(size=(30, 3))) for k in range(4)]
    own = candidates_of(
        d_prime=np.array([[900.0, 800.0, 0.0], [0.0, 0.0, 0.0]]),
        auroc=np.array([[0.95, 0.99, 1.0], [0.9, 0.9, 0.9]]),
    )

    named = name_units(own, calibrate(null, families))

    assert named.best.tolist() == [1, -1]
    assert named.runner_up.tolist() == [0, -1]


def test_without_untrained_units_nothing_is_named():
    found = UnitNaming(n_twins=0).run(Run(model=model_of(Bank())))

    assert not found.layers[0].is_named.any()
    assert "0 units of 0 untrained twins, 20 of 2 are needed" in found.findings[0].sentence


def test_a_layer_over_frequency_is_read_in_the_band_that_answers_most():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    frontend = FrontendSpec(kind="log_mel", n_fft=256, hop_length=128, n_mels=20)
    spec = ModelSpec(sample_rate=RATE, n_samples=8000, frontend=frontend)
    model = assemble(network, spec, name="mel", reference="mel")
    layers, word = unit_layers(model), Word(family="tone", low_hz=900.0, high_hz=1100.0)

    heard = hear_words(model, layers, [word], n_samples=8000, seed=0)["0"]

    sounds = exemplars(word, n_samples=8000, sample_rate=RATE, seed=0)
    with torch.no_grad():
        maps = network[:2](model.network_input(torch.from_numpy(sounds).float()))
    cells, _ = layers[0].interior(maps.shape[-1], n_samples=8000, ramp=80)
    expected = maps[..., cells].mean(-1).amax(-1).T
    np.testing.assert_allclose(heard.mean, expected.numpy(), rtol=1e-5, atol=1e-5)
