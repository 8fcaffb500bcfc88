"""Integrated gradients of a small network on a capture."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.attribution.methods.integrated_gradients import IntegratedGradients
from cnnviz.errors import ParameterError, UnsupportedModelError
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, WeightsOnly, assemble
from cnnviz.run import Run

RATE, N = 8000, 4000


def tones(*hertz, seed=0):
    times = np.arange(N) / RATE
    noise = 0.01 * np.random.default_rng(seed).normal(size=(len(hertz), N))
    return (0.3 * np.sin(2 * np.pi * np.array(hertz)[:, None] * times) + noise).astype(np.float32)


class ToneDetector(nn.Module):
    """Energy of two windowed cosines at 500 and 2000 Hz, one score each."""

    def __init__(self):
        super().__init__()
        times = torch.arange(65) / RATE
        waves = [torch.cos(2 * torch.pi * f * times) * torch.hann_window(65) for f in (500, 2000)]
        self.filters = nn.Parameter(torch.stack(waves)[:, None])

    def forward(self, x):
        return nn.functional.conv1d(x, self.filters).square().mean(-1)


@pytest.fixture
def model():
    spec = ModelSpec(sample_rate=RATE, frontend=FrontendSpec(), class_names=("low", "high"))
    return assemble(ToneDetector(), spec, name="tones", reference="tones")


@pytest.fixture
def capture(recorded, model):
    audio = tones(500, 2000, 480, 2100)
    with torch.no_grad():
        logits = model.scores(torch.tensor(audio)).numpy()
    return recorded(
        logits=logits,
        labels=np.array([1, 0, 1, 1]),  # the last is called high although it is low
        class_names=("high", "low"),
        audio=audio,
        audio_index=np.arange(4),
    )


def test_relevance_sums_to_the_score_on_both_planes(capture, model):
    found = IntegratedGradients(n_clips=4).run(Run(capture=capture, model=model))

    expected = found.scores - found.baseline_scores
    np.testing.assert_allclose(found.samples.values.sum(1), expected, rtol=1e-5)
    np.testing.assert_allclose(found.plane.values.sum((1, 2)), expected, rtol=1e-5)
    assert found.promises_completeness
    assert found.checks.converged.all()
    assert found.checks.completeness_errors.max() < 1e-5
    assert (found.output, found.score_name) == ("logits", "contrast, in logits")
    assert found.n_steps <= 64


def test_relevance_lies_at_the_frequency_that_was_heard(capture, model):
    found = IntegratedGradients(n_clips=4).run(Run(capture=capture, model=model))

    plane = found.plane
    spectrum = plane.values.sum(2)
    peaks = plane.grid.frequencies[spectrum.argmax(1)]
    np.testing.assert_allclose(peaks, [500, 2000, 480, 2100], atol=32)  # bins of 31 Hz
    assert plane.values.shape[1:] == (len(plane.grid.frequencies), len(plane.grid.times))


def test_the_predicted_class_is_explained_unless_the_label_is_asked_for(capture, model):
    predicted = IntegratedGradients(n_clips=4).run(Run(capture=capture, model=model))
    labelled = IntegratedGradients(n_clips=4, target="label").run(Run(capture=capture, model=model))

    low, high = "low rather than high", "high rather than low"
    assert predicted.target.words == (low, high, low, high)
    assert labelled.target.words == (low, high, low, low)
    assert predicted.target.rival_index.tolist() == [1, 0, 1, 0]


def test_the_result_says_what_it_is_made_of(capture, model):
    found = IntegratedGradients(n_clips=2).run(Run(capture=capture, model=model))

    assert found.method == "integrated_gradients"
    assert found.baseline == "silence (all samples 0)"
    assert '"n_clips": 2' in found.provenance.parameters
    assert found.provenance.created == capture.provenance.created
    assert found.samples.values.dtype == found.plane.values.dtype == np.float32
    assert (np.abs(found.checks.energy_correlations) <= 1).all()
    assert found.sample_rate == RATE


def test_the_same_question_has_the_same_answer_to_the_bit(capture, model):
    first, again = (
        IntegratedGradients(n_clips=3).run(Run(capture=capture, model=model)) for _ in range(2)
    )

    np.testing.assert_array_equal(first.samples.values, again.samples.values)
    np.testing.assert_array_equal(first.plane.values, again.plane.values)


def test_a_clip_that_stays_incomplete_is_flagged(capture, model):
    strict = IntegratedGradients(n_clips=2, n_steps=1, n_max=1, tolerance=1e-9)
    fed_back = nn.Sequential(ToneDetector(), nn.Tanh())

    found = strict.run(Run(capture=capture, model=assemble_like(model, fed_back)))

    assert not found.checks.converged.any()
    assert [f.fragment for f in found.findings if f.id.startswith("completeness")] == [
        f"attribution={clip}:integrated_gradients" for clip in found.clip_index
    ]


def test_a_map_that_still_moves_is_flagged_although_its_sum_is_right(capture, model):
    hasty = IntegratedGradients(n_clips=2, tolerance=10.0, map_tolerance=1e-9, n_max=40)
    bent = nn.Sequential(ToneDetector(), nn.Softplus(beta=50))

    found = hasty.run(Run(capture=capture, model=assemble_like(model, bent)))

    assert (found.checks.completeness_errors <= 10).all()
    assert not found.checks.converged.any()
    assert [(f.id, f.threshold) for f in found.findings] == [
        (f"map:{clip}", 1e-9) for clip in found.clip_index
    ]


def test_a_saturated_score_gives_a_flat_map_that_is_never_converged(capture, model):
    class Saturated(nn.Module):
        def forward(self, x):
            return ToneDetector()(x).clamp(-1, -0.5) + torch.tensor([0.0, 0.25])

    found = IntegratedGradients(n_clips=2).run(
        Run(capture=capture, model=assemble_like(model, Saturated()))
    )

    assert np.abs(found.samples.values).max() == 0
    assert found.checks.is_flat.all()
    assert not found.checks.converged.any()
    assert {f.id.partition(":")[0] for f in found.findings} == {"flat"}
    assert found.findings[0].sentence.startswith("Flat: the sum of |relevance| is 0, not above ")
    assert found.findings[0].sentence.endswith(", and the map says nothing.")


@pytest.mark.parametrize(
    ("score", "name"),
    [
        ("logit", "logit"),
        ("log_probability", "log-probability"),
        ("contrast", "contrast, in logits"),
    ],
)
def test_only_the_logit_is_moved_by_a_shift_common_to_all_classes(score, name, capture, model):
    class Shifted(nn.Module):
        def forward(self, x):
            return ToneDetector()(x) + 1000 * x.square().mean((1, 2))[:, None]

    plain, shifted = (
        IntegratedGradients(n_clips=2, score=score, target="label").run(
            Run(capture=capture, model=assemble_like(model, network))
        )
        for network in (ToneDetector(), Shifted())
    )

    assert plain.score_name == shifted.score_name == name
    moved = np.abs(shifted.samples.values - plain.samples.values).sum()
    assert (moved > np.abs(plain.samples.values).sum()) == (score == "logit")


def assemble_like(model, network):
    spec = ModelSpec(sample_rate=RATE, frontend=FrontendSpec(), class_names=model.class_names)
    return assemble(network, spec, name="tones", reference="tones")


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"n_clips": 0}, "n_clips=0; allowed: 1 or more"),
        ({"target": "best"}, "target='best'; allowed: predicted, top2, label"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters, text, capture, model):
    with pytest.raises(ParameterError, match=text):
        IntegratedGradients(**parameters).run(Run(capture=capture, model=model))


def test_steps_out_of_range_are_refused():
    with pytest.raises(ParameterError, match="n_steps=9; allowed: 1 to n_max=8"):
        IntegratedGradients(n_steps=9, n_max=8)


def test_weights_alone_cannot_be_explained(capture, model):
    weights = assemble_like(
        model, WeightsOnly({"w": torch.ones(2, 1, 3)}, "no graph; name its factory")
    )

    with pytest.raises(UnsupportedModelError, match="name its factory"):
        IntegratedGradients().run(Run(capture=capture, model=weights))


def test_without_a_capture_it_says_what_is_needed(model):
    with pytest.raises(ParameterError, match=r"has no capture.*cnnviz capture MODEL CLIPS"):
        IntegratedGradients().run(Run(model=model))
