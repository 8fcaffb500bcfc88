"""Weights that are no numbers are named, wherever a model comes from."""

import pytest
import torch
from torch import nn

from cnnviz.errors import ModelLoadError
from cnnviz.model import WeightsOnly, check_finite


class Masked(nn.Module):
    """A parameter, a buffer, and two tensors that are mere attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))
        self.register_buffer("mean", torch.zeros(2))
        self.attention_mask = torch.full((4,), float("-inf"))
        self.gain = torch.ones(1)


def test_a_mask_may_hold_infinity() -> None:
    check_finite(Masked(), name="m")


@pytest.mark.parametrize("name", ["weight", "mean", "gain"], ids=["parameter", "buffer", "tensor"])
def test_the_tensor_and_the_number_of_bad_values_are_named(name) -> None:
    network = Masked()
    with torch.no_grad():
        getattr(network, name)[0] = float("nan")

    n_values = getattr(network, name).numel()
    with pytest.raises(ModelLoadError, match=rf"^m holds .*: {name} \(1 NaN of {n_values} values"):
        check_finite(network, name="m")


def test_nan_in_a_mask_is_damage() -> None:
    network = Masked()
    network.attention_mask[:2] = float("nan")

    with pytest.raises(ModelLoadError, match=r"attention_mask \(2 NaN of 4 values\)"):
        check_finite(network, name="m")


def test_of_many_tensors_the_first_four_are_named() -> None:
    bad = {f"layer{i}.weight": torch.full((2,), float("inf")) for i in range(6)}

    with pytest.raises(ModelLoadError, match=r"layer3\.weight \(2 Inf of 2 values\) and 2 more;"):
        check_finite(WeightsOnly(bad, "add a factory"), name="m")


def test_whole_numbers_are_left_alone() -> None:
    check_finite(WeightsOnly({"steps": torch.tensor([1, 2])}, "add a factory"), name="m")


@pytest.mark.parametrize("kind", [torch.float8_e4m3fn, torch.float8_e5m2], ids=str)
def test_weights_of_eight_bits_are_checked(kind: torch.dtype) -> None:
    weights = WeightsOnly({"weight": torch.tensor([1.0, float("nan")]).to(kind)}, "")

    with pytest.raises(ModelLoadError, match=r"weight \(1 NaN of 2 values\)"):
        check_finite(weights, name="m")
