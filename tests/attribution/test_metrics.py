"""Metrics against closed forms: what each gives for curves and maps that are known."""

import numpy as np
import pytest
import torch

from cnnviz import registry
from cnnviz.attribution.checks.curves import FRACTIONS, Curves
from cnnviz.attribution.checks.proof import METRICS
from cnnviz.attribution.differentiable_scores import differentiable_scores

from .tiny_models import Linear

Q = np.array(FRACTIONS)


def curves(**changes):
    flat = np.ones(len(Q))
    given = {"deleted": flat, "inserted": flat, "p_deleted": flat / 2, "p_inserted": flat / 2}
    given |= {"values": np.ones((2, 3)), "patch_sums": Q, "patch_falls": Q}
    return Curves(fractions=Q, **(given | changes))


def measure(name, **changes):
    return registry.load(METRICS, name).measure(curves(**changes))


def test_a_score_that_falls_in_a_line_has_half_of_it_below():
    assert measure("deletion", deleted=4 * (1 - Q)) == pytest.approx(2)
    assert measure("insertion", inserted=4 * Q) == pytest.approx(2)
    assert measure("faithfulness", deleted=4 * (1 - Q), inserted=4 * Q) == pytest.approx(0)


def test_the_perturbation_curve_counts_its_steps_and_not_their_distance():
    falls_at_once = np.where(Q > 0, 0, 9.0)

    assert measure("aopc", deleted=falls_at_once) == pytest.approx(9 * 8 / 9)


def test_comprehensiveness_and_sufficiency_are_means_over_five_fractions():
    without, alone = np.where(Q >= 0.05, 0.1, 0.5), np.where(Q >= 0.2, 0.5, 0.0)
    without[0] = 0.5

    assert measure("comprehensiveness", p_deleted=without) == pytest.approx(4 * 0.4 / 5)
    assert measure("sufficiency", p_inserted=alone) == pytest.approx(3 * 0.5 / 5)


@pytest.mark.parametrize(
    ("p", "p_in", "drop", "gain", "increase"),
    [(0.8, 0.1, 87.5, 0, 0), (0.8, 0.8, 0, 0, 0), (0.5, 0.75, 0, 50, 100), (1.0, 1.0, 0, 0, 0)],
)
def test_drop_gain_and_increase_are_those_of_their_definition(p, p_in, drop, gain, increase):
    given = {"p_deleted": np.full(len(Q), p), "p_inserted": np.full(len(Q), p_in)}

    assert measure("average_drop", **given) == pytest.approx(drop)
    assert measure("average_gain", **given) == pytest.approx(gain)
    assert measure("average_increase", **given) == increase


def test_what_is_lost_without_the_part_used_is_read_at_a_tenth_of_the_cells():
    assert measure("complement", p_deleted=np.where(Q < 0.1, 0.9, 0.2)) == pytest.approx(0.7)


def test_infidelity_is_the_error_of_the_best_multiple_of_a_map():
    falls = np.array([3.0, -1.0, 2.0])

    def infidelity(sums):
        return measure("infidelity", patch_sums=np.array(sums), patch_falls=falls)

    assert infidelity(0.1 * falls) == pytest.approx(0)
    assert infidelity(-falls) == 1  # the opposite of the map would be right
    assert infidelity([0.0, 0, 0]) == 1
    ones = np.linalg.lstsq(np.ones((3, 1)), falls)[1]  # squares that a constant leaves
    assert infidelity([5.0, 5, 5]) == pytest.approx(ones[0] / (falls @ falls))
    assert np.isnan(measure("infidelity", patch_sums=falls, patch_falls=0 * falls))


def test_sparseness_and_complexity_of_one_cell_and_of_equal_cells():
    one, equal = np.zeros((10, 10)), np.full((10, 10), -3.0)
    one[4, 2] = 5
    sparse, complexity = (registry.load(METRICS, name) for name in ("sparseness", "complexity"))

    of = {key: Curves(**{**_fields(), "values": v}) for key, v in (("one", one), ("all", equal))}
    assert sparse.measure(of["one"]) == pytest.approx(0.99)
    assert sparse.measure(of["all"]) == pytest.approx(0, abs=1e-12)
    assert complexity.measure(of["one"]) == 0
    assert complexity.measure(of["all"]) == pytest.approx(np.log(100))


def test_a_control_without_a_map_has_no_sparseness():
    nothing = Curves(**{**_fields(), "values": np.empty((0, 0))})

    assert np.isnan(registry.load(METRICS, "sparseness").measure(nothing))
    assert np.isnan(registry.load(METRICS, "complexity").measure(nothing))


def _fields():
    one = curves()
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def test_probabilities_go_through_one_softmax(audio_model):
    """Fifty classes: p falls from .8 to .1, an average drop of 87.5 and not 49.94."""
    logits = torch.zeros(2, 50)
    logits[:, 0] = torch.tensor([np.log(0.8 / (0.2 / 49)), np.log(0.1 / (0.9 / 49))])
    model = audio_model(Linear(torch.zeros(50, 10)))

    with differentiable_scores(model, np.ones((1, 10), np.float32), np.array([0])) as scores:
        p = scores.probabilities(logits, torch.tensor([0, 0]))
        again = scores.probabilities(logits.log_softmax(-1), torch.tensor([0, 0]))

    np.testing.assert_allclose(p, [0.8, 0.1], rtol=1e-5)
    np.testing.assert_allclose(again, p, rtol=1e-5)
    drop = registry.load(METRICS, "average_drop").measure(
        curves(p_deleted=np.full(len(Q), float(p[0])), p_inserted=np.full(len(Q), float(p[1])))
    )
    assert drop == pytest.approx(87.5, rel=1e-4)


@pytest.mark.parametrize("name", registry.names(METRICS))
def test_a_metric_says_what_it_is_and_which_way_is_better(name):
    metric = registry.load(METRICS, name)

    assert metric.DIRECTION in (-1, 0, 1)
    assert metric.TITLE
    assert "References" in metric.__doc__
