"""A network is run once for all who ask inside a block, and every time outside."""

import numpy as np
import pytest
import torch

from cnnviz.trace import shared_traces, trace
from tests.capture.recordings import N_SAMPLES, tiny_model


@pytest.fixture
def watched():
    """A model, and the lengths of the inputs that its network ran on."""
    model, lengths = tiny_model(), []
    model.network.register_forward_pre_hook(lambda _, inputs: lengths.append(inputs[0].shape[-1]))
    return model, lengths


def test_inside_the_network_runs_once_also_for_a_copy_with_class_names(watched):
    model, lengths = watched
    with shared_traces():
        first = trace(model)
        n_runs = len(lengths)

        again = trace(model.with_classes(("x", "y", "z")), N_SAMPLES)

    assert again is first
    assert len(lengths) == n_runs


def test_another_length_is_another_trace(watched):
    model, lengths = watched
    with shared_traces():
        found = [trace(model, n).call("conv1").output_shape for n in (800, 400)]

    assert found == [(6, 396), (6, 196)]  # (n - 9) / 2 + 1
    assert set(lengths) == {800, 400}


def test_two_networks_of_equal_weights_are_told_apart():
    one, other = tiny_model(), tiny_model()
    with shared_traces():
        assert trace(one) is not trace(other)


def test_outside_a_network_that_was_changed_is_read_anew(watched):
    model, _ = watched
    before = trace(model).convolutions[0].weight
    with torch.no_grad():
        model.network.conv1.weight.mul_(2)

    np.testing.assert_array_equal(trace(model).convolutions[0].weight, 2 * before)


def test_nothing_is_remembered_after_the_block_also_after_an_error(watched):
    model, _ = watched
    found = []

    with pytest.raises(RuntimeError, match="stop"):
        _stopped(model, found)

    assert trace(model) is not found[0]


def _stopped(model, found):
    with shared_traces():
        found.append(trace(model))
        raise RuntimeError("stop")
