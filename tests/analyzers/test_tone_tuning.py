"""Measured tuning: closed forms of planted units, theory against measurement, twins."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.analyzers.tone_tuning import PureToneTuning
from cnnviz.errors import ParameterError
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.run import Run

RATE = 16000
CENTRES = (500.0, 1500.0, 4000.0)


def gabors():
    n = np.arange(-64, 65)
    return np.stack(
        [np.exp(-0.5 * (n / 30) ** 2) * np.cos(2 * np.pi * f / RATE * n) for f in CENTRES]
    )


def planted(*, bias=0.0, behind=(), stride=1, rectifier=nn.ReLU):
    conv = nn.Conv1d(1, 3, 129, stride=stride)
    with torch.no_grad():
        conv.weight[:] = torch.from_numpy(gabors()[:, None])
        conv.bias[:] = bias
    network = nn.Sequential(conv, rectifier(), *behind)
    spec = ModelSpec(sample_rate=RATE, n_samples=RATE, frontend=FrontendSpec())
    return assemble(network, spec, name="planted", reference="planted")


def tuned(model, **parameters):
    known = {"layers": ("0",), "n_frequencies": 40, "n_twins": 0, **parameters}
    return PureToneTuning(**known).run(Run(model=model))


@pytest.mark.parametrize("stride", [1, 7])
@pytest.mark.parametrize("rectifier", [nn.ReLU, nn.Identity], ids=["rectified", "linear"])
def test_measured_and_computed_tuning_of_a_linear_path_agree_within_a_tenth_of_a_decibel(
    stride, rectifier
):
    (layer,) = tuned(planted(stride=stride, rectifier=rectifier)).layers

    assert layer.computed.difference_db.max() < 0.1
    assert layer.computed.other_difference_db.min() > 5
    np.testing.assert_allclose(layer.best_hz, CENTRES, rtol=0.08)
    np.testing.assert_allclose(layer.slope_db_per_db, 1, atol=1e-4)


def test_a_biased_unit_differs_from_theory_and_a_threshold_explains_it():
    result = tuned(planted(bias=-4.0), n_frequencies=120, levels_db=(-20.0, 0.0), reference_db=0.0)
    (layer,) = result.layers
    (finding,) = (f for f in result.findings if f.id == "theory_and_measurement:0")

    assert layer.computed.difference_db.min() > 1
    assert layer.computed.threshold_difference_db.max() < 0.1
    assert "threshold (bias) before the rectifier, with which 3 of the 3 others" in finding.sentence


def test_behind_a_detector_theory_is_the_describing_function():
    """The mean of a rectified sine of amplitude A|H(f)| is A|H(f)| / pi."""
    deeper = nn.Conv1d(3, 3, 1)
    with torch.no_grad():
        deeper.weight[:] = torch.eye(3)[:, :, None]
        deeper.bias[:] = 0
    result = tuned(planted(behind=(nn.AvgPool1d(400), deeper, nn.ReLU())), layers=("3",))
    (layer,) = result.layers
    gains = 10 ** (layer.computed.levels_db / 20)
    (first,) = tuned(planted()).layers

    assert layer.computed.policy == "describing function of relu for tones of -20 dBFS"
    assert layer.computed.difference_db.max() < 0.2
    assert layer.computed.other_difference_db.min() > 5
    expected = 0.1 * 10 ** (first.computed.levels_db.max(axis=1) / 20) / np.pi
    np.testing.assert_allclose(gains.max(axis=1), expected, rtol=0.05)


def test_a_frontend_that_levels_clips_is_held_so_that_levels_are_levels():
    model = planted(rectifier=nn.Identity)
    spec = ModelSpec(sample_rate=RATE, n_samples=RATE, frontend=FrontendSpec(normalize="zscore"))
    levelled = assemble(model.network, spec, name="levelled", reference="levelled")
    result = tuned(levelled)

    assert result.held_level_db == -20
    assert tuned(model).held_level_db is None
    np.testing.assert_allclose(result.layers[0].slope_db_per_db, 1, atol=1e-4)
    assert result.layers[0].computed.difference_db.max() < 0.1


def test_thresholds_of_a_biased_unit_are_those_of_the_closed_form():
    """20 log10((c + b) / |H(f)|), c a tenth of the largest response."""
    bias = 0.5
    result = tuned(planted(bias=-bias), levels_db=tuple(np.arange(-40.0, 1, 2.0)))
    (layer,) = result.layers
    gains = 10 ** (layer.computed.levels_db.astype(float) / 20)
    criterion = 0.1 * (gains.max(axis=1, keepdims=True) - bias)

    expected = 20 * np.log10((criterion + bias) / gains)

    known = np.isfinite(layer.thresholds_db) & (expected < 0)
    assert known.sum() > 8
    np.testing.assert_allclose(layer.thresholds_db[known], expected[known], atol=0.05)


def test_a_square_law_grows_by_two_decibels():
    class Square(nn.Module):
        def forward(self, x):
            return x * x

    model = planted(rectifier=Square)
    (layer,) = tuned(model, layers=("1",)).layers
    np.testing.assert_allclose(layer.slope_db_per_db, 2, atol=1e-3)


def test_gabors_are_tuned_more_sharply_than_untrained_twins_and_twins_are_not():
    torch.manual_seed(0)
    model = planted()
    result = tuned(model, n_twins=20, levels_db=(-20.0, 0.0), reference_db=0.0)
    (layer,) = result.layers
    assert layer.is_sharper.all()
    (found, _) = layer.twins
    assert (found.value, found.low) == (3, 0)
    assert found.high < 3


def test_a_unit_that_hears_nothing_has_no_best_frequency():
    model = planted()
    with torch.no_grad():
        model.network[0].weight[1] = 0
    result = tuned(model)

    assert np.isnan(result.layers[0].best_hz).tolist() == [False, True, False]
    assert "deaf_to_tones:0" in {finding.id for finding in result.findings}


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"low_hz": 9000.0}, "low_hz=9000; allowed: below 7840 Hz"),
        ({"levels_db": (-10.0, -20.0)}, "allowed: rising levels, and one of them"),
    ],
)
def test_tones_that_cannot_be_are_refused(parameters, text):
    with pytest.raises(ParameterError, match=text):
        tuned(planted(), **parameters)
