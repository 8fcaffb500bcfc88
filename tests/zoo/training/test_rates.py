"""Rates: what each layer gets, and how the schedule moves, against closed forms."""

from math import cos, pi

import pytest
import torch
from torch import nn

from cnnviz.errors import ParameterError
from zoo.architectures import filterbank
from zoo.recipe import LayerSettings, Recipe
from zoo.training.rates import parameter_groups, share_of_peak

OWN = LayerSettings(layer="conv1", learning_rate=0.01, weight_decay=0.3)
RECIPE = Recipe(learning_rate=0.003, weight_decay=0.01, layers=(OWN,))


def _network() -> nn.Module:
    return filterbank.build("filterbank_k16_ch2-2-bn", 3)


def _settings(network: nn.Module, recipe: Recipe) -> dict[str, tuple[object, object]]:
    """Rate and decay of each parameter by name, as AdamW has them."""
    names = {parameter: name for name, parameter in network.named_parameters()}
    optimizer = torch.optim.AdamW(parameter_groups(network, recipe))
    return {
        names[parameter]: (group["lr"], group["weight_decay"])
        for group in optimizer.param_groups
        for parameter in group["params"]
    }


def test_a_layer_of_its_own_gets_its_rate_and_decay() -> None:
    assert _settings(_network(), RECIPE) == {
        "conv1.weight": (0.01, 0.3),
        "conv1.bias": (0.01, 0.0),
        "norm1.weight": (0.003, 0.0),
        "norm1.bias": (0.003, 0.0),
        "conv2.weight": (0.003, 0.01),
        "conv2.bias": (0.003, 0.0),
        "norm2.weight": (0.003, 0.0),
        "norm2.bias": (0.003, 0.0),
        "linear.weight": (0.003, 0.01),
        "linear.bias": (0.003, 0.0),
    }


def test_a_layer_that_is_not_there_is_refused() -> None:
    recipe = Recipe(layers=(LayerSettings(layer="conv9", learning_rate=0.1, weight_decay=0),))

    with pytest.raises(ParameterError, match=r"layers='conv9'; allowed: conv1, norm1, conv2"):
        parameter_groups(_network(), recipe)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"learning_rate": 0.0, "weight_decay": 0.0}, "learning_rate=0.0; allowed: 1e-09 to 10"),
        ({"learning_rate": 0.1, "weight_decay": -1.0}, "weight_decay=-1.0; allowed: 0.0 to 10"),
    ],
    ids=["rate", "decay"],
)
def test_settings_out_of_range_are_refused(values: dict[str, float], text: str) -> None:
    with pytest.raises(ParameterError, match=text):
        LayerSettings(layer="conv1", **values)


@pytest.mark.parametrize("epochs", [1, 4, 40])
def test_one_cycle_is_that_of_torch(epochs: int) -> None:
    recipe, n_steps = Recipe(epochs=epochs, schedule="one_cycle"), epochs * 7
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    reference = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=n_steps)

    expected = []
    for _ in range(n_steps - 1):
        expected += reference.get_last_lr()
        optimizer.step()
        reference.step()
    expected += reference.get_last_lr()

    rates = [share_of_peak(step, recipe=recipe, steps_per_epoch=7) for step in range(n_steps)]
    assert rates == pytest.approx(expected, abs=1e-12)


def test_one_cycle_rises_and_falls_along_half_cosines() -> None:
    recipe = Recipe(epochs=10, schedule="one_cycle")  # 100 steps, the peak in step 29

    rates = [share_of_peak(step, recipe=recipe, steps_per_epoch=10) for step in range(100)]

    assert rates[0] == pytest.approx(1 / 25)
    assert rates[29] == pytest.approx(1.0)
    assert rates[10] == pytest.approx(1 / 25 + 24 / 25 * (1 - cos(pi * 10 / 29)) / 2)
    assert rates[64] == pytest.approx((1 + 1 / 250_000) / 2)  # half the way down
    assert rates[99] == pytest.approx(1 / 250_000)


def test_rate_warms_up_and_falls_to_zero() -> None:
    recipe = Recipe(epochs=5)  # 4 steps an epoch, 20 in all, 4 of them warm-up

    rates = [share_of_peak(step, recipe=recipe, steps_per_epoch=4) for step in range(21)]

    assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert rates[20] == pytest.approx(0.0)


def test_an_unknown_schedule_is_refused() -> None:
    with pytest.raises(ParameterError, match="schedule='linear'; allowed: cosine, one_cycle"):
        Recipe(schedule="linear")
