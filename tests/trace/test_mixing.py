"""Operations that mix, move or merge whole axes claim no less than what is read."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnviz.grid import EXACT, UNKNOWN, UPPER
from cnnviz.trace import trace
from tests.trace.networks import Function, assert_true_claim, dependence, model_of, traced

N_SAMPLES = 32


def _swapped(inputs: Tensor) -> Tensor:
    return inputs.transpose(1, 2)


_SPREADING = {
    "layer norm": lambda x: F.layer_norm(x, x.shape[-1:]),
    "instance norm": F.instance_norm,
    "group norm": lambda x: F.group_norm(x.expand(-1, 4, -1), 2),
    "batch statistics": lambda x: F.batch_norm(x, None, None, training=True),
    "softmax": lambda x: x.softmax(-1),
    "cumulated": lambda x: x.cumsum(-1),
    "gate of the mean": lambda x: x * x.mean(-1, keepdim=True),
    "gate of a part": lambda x: x[..., 10:20] * x[..., 25:].amax(-1, keepdim=True),
    "deviation": lambda x: x - x.std(-1, keepdim=True),
}
_WHOLE = {
    "mean of all": lambda x: x.mean(-1, keepdim=True),
    "largest of all": lambda x: x.amax(dim=-1, keepdim=True),
    "squeezed": lambda x: x.mean(-1, keepdim=True).squeeze(-1).unsqueeze(1),
    "flattened": lambda x: x.flatten(1).matmul(torch.ones(32, 3).double())[:, None],
    "product over time": lambda x: torch.matmul(x, torch.ones(32, 10).double()),
    "energy": lambda x: torch.linalg.vector_norm(x, dim=-1, keepdim=True),
    "part": lambda x: x[..., 4:20].sum(-1, keepdim=True),
}
_MERGED = {
    "Gram matrix": lambda x: (_swapped(x) @ x)[:, :1],
    "spectrum": lambda x: torch.fft.rfft(x).abs(),
    "there and back": lambda x: torch.fft.irfft(torch.fft.rfft(x)),
    "attention": lambda x: _attention(x[..., :16], x[..., 8:]),
}


def _attention(inputs: Tensor, keys: Tensor) -> Tensor:
    weights = torch.softmax(_swapped(inputs) @ keys, dim=-1)
    return _swapped(weights @ _swapped(keys))


@pytest.mark.parametrize("function", _SPREADING.values(), ids=_SPREADING)
def test_statistics_over_time_widen_the_field_of_each_cell_to_all_of_it(function) -> None:
    network = Function(function)

    found = trace(model_of(network), N_SAMPLES)

    read = torch.from_numpy(dependence(network, N_SAMPLES)).any(dim=1)
    assert found.output_field.status == UPPER
    assert found.output_field.jump == 1
    for index in range(read.shape[1]):
        start, stop = found.output_field.span(index)
        assert start <= read[:, index].nonzero()[0]
        assert read[:, index].nonzero()[-1] < stop
        assert stop - start <= 2 * N_SAMPLES


@pytest.mark.parametrize("function", _WHOLE.values(), ids=_WHOLE)
def test_a_reduction_over_time_sees_exactly_all_that_went_in(function) -> None:
    network = Function(function)

    found = trace(model_of(network), N_SAMPLES)

    assert found.output_field.jump == 0
    assert found.output_field.status == EXACT
    assert_true_claim(found.output_field, dependence(network, N_SAMPLES)[:, 0])


@pytest.mark.parametrize("function", _MERGED.values(), ids=_MERGED)
def test_a_mixture_of_two_parts_of_the_clip_is_bounded_by_both(function) -> None:
    network = Function(function)

    found = trace(model_of(network), N_SAMPLES)

    assert (found.output_field.status, found.output_field.jump) == (UPPER, 0)
    assert found.output_field.span(0) == (0, N_SAMPLES)
    assert found.covered == (0, N_SAMPLES)
    assert dependence(network, N_SAMPLES).any(axis=(1, 2)).all()


@pytest.mark.parametrize(
    "function",
    [
        lambda x: _swapped(_swapped(x).contiguous()),
        lambda x: x.permute(2, 0, 1).permute(1, 2, 0),
        lambda x: x.movedim(-1, 0).unsqueeze(0).squeeze(0).movedim(0, -1),
        lambda x: x.flatten(1).unflatten(1, (1, 32)),
    ],
    ids=["transposed", "permuted", "moved", "flattened"],
)
def test_axes_that_come_back_keep_their_cells(function) -> None:
    network = Function(lambda x: F.conv1d(function(x), torch.ones(1, 1, 3).double()))

    found = trace(model_of(network), N_SAMPLES)

    assert found.output_cells == 30
    assert_true_claim(found.output_field, dependence(network, N_SAMPLES)[:, 0], slack=0)


def test_time_folded_into_channels_keeps_the_outer_cells_as_windows() -> None:
    network = Function(lambda x: _swapped(x.reshape(len(x), 8, 4)))

    found = trace(model_of(network), N_SAMPLES)

    assert found.output_cells == 8
    assert found.output_field.status == UPPER
    assert_true_claim(found.output_field, dependence(network, N_SAMPLES).any(axis=1))


class _Continued(nn.Module):
    """A recurrent layer that goes on from the state another one left."""

    def __init__(self, kind: type[nn.LSTM] | type[nn.GRU]) -> None:
        super().__init__()
        self.first, self.second = (kind(1, 2, batch_first=True) for _ in range(2))

    def forward(self, inputs: Tensor) -> Tensor:
        _, state = self.first(_swapped(inputs[..., :10]))
        return _swapped(self.second(_swapped(inputs[..., 20:]), state)[0])


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["single", "double"])
def test_a_state_that_another_part_of_the_clip_left_is_seen_too(kind, dtype) -> None:
    network = _Continued(kind).to(dtype)

    found = trace(model_of(network), N_SAMPLES)

    if found.output_field.status != UNKNOWN:
        start, stop = found.output_field.span(0)
        assert start <= 0
        assert stop >= N_SAMPLES
        assert found.covered == (0, N_SAMPLES)


@pytest.mark.parametrize("given", [True, False], ids=["state of zeros", "no state"])
def test_a_recurrent_layer_sees_the_whole_clip_and_keeps_its_frames(given) -> None:
    def run(inputs: Tensor, lstm: nn.LSTM) -> Tensor:
        zeros = inputs.new_zeros(1, len(inputs), 2)
        return _swapped(
            lstm(_swapped(inputs), (zeros, torch.zeros_like(zeros)) if given else None)[0]
        )

    network = Function(run, lstm=nn.LSTM(1, 2, batch_first=True)).float()

    found = trace(model_of(network), N_SAMPLES)

    assert found.call("lstm").time_field.status == UPPER
    assert found.call("lstm").time_axis == 0
    assert found.covered == (0, N_SAMPLES)
    assert found.output_cells == N_SAMPLES


@pytest.mark.parametrize(
    "fresh",
    [torch.zeros_like, torch.randn_like, lambda x: x.new_full(x.shape, 2.0)],
    ids=["zeros like", "noise like", "new"],
)
def test_a_tensor_of_the_same_shape_depends_on_nothing(fresh) -> None:
    network = Function(lambda x: torch.cat([fresh(x[..., :3]), x + fresh(x)], dim=-1))

    found = trace(model_of(network), N_SAMPLES)

    assert (found.output_field.offset, found.output_field.status) == (-3, EXACT)
    assert_true_claim(found.output_field, dependence(network, N_SAMPLES)[:, 0])


def _filled(inputs: Tensor) -> Tensor:
    buffer = torch.zeros(len(inputs), 1, 40, dtype=inputs.dtype)
    buffer[..., 4:36] = inputs
    return buffer


def _shifted(inputs: Tensor) -> Tensor:
    hidden = inputs.clone()
    hidden[..., 1:].add_(inputs[..., :-1])
    return hidden


def _circular(inputs: Tensor) -> Tensor:
    return F.conv1d(F.pad(inputs, (2, 2), mode="circular"), torch.ones(1, 1, 5).double())


def _resynthesised(inputs: Tensor) -> Tensor:
    window = torch.hann_window(8).double()
    spectrum = torch.stft(inputs[:, 0], 8, 4, window=window, return_complex=True)
    return torch.istft(spectrum, 8, 4, window=window)


@pytest.mark.parametrize(
    "function",
    [_filled, _shifted, _circular, _resynthesised],
    ids=["a buffer", "a view", "circular padding", "overlap and add"],
)
def test_what_is_written_into_parts_of_a_tensor_is_bounded_by_all_of_it(function) -> None:
    found = traced(function, N_SAMPLES)

    assert found.output_field.status == UPPER
    assert found.output_field.jump == 0
    assert found.output_field.span(0) == (0, N_SAMPLES)
    read = dependence(Function(function), N_SAMPLES)
    assert read.any(axis=tuple(range(1, read.ndim))).all()


@pytest.mark.parametrize("n_layers", [1, 2])
def test_a_gated_recurrent_layer_sees_at_most_what_it_is_given(n_layers) -> None:
    gru = nn.GRU(1, 2, n_layers, batch_first=True)
    network = Function(lambda x, gru: _swapped(gru(_swapped(x[..., 4:28]))[0]), gru=gru)

    found = trace(model_of(network), N_SAMPLES)

    assert found.output_field.status == UPPER
    assert found.output_field.span(0) == (4, 28)
    seen = dependence(network, N_SAMPLES).any(axis=(1, 2)).nonzero()[0]
    assert (seen[0], seen[-1]) == (4, 27)


def test_attention_as_one_operation_sees_at_most_what_it_is_given() -> None:
    attention = nn.MultiheadAttention(1, 1, batch_first=True)

    def run(inputs: Tensor, attention: nn.Module) -> Tensor:
        tokens = _swapped(inputs[..., 4:28])
        return attention(tokens, tokens, tokens)[0]

    network = Function(run, attention=attention)

    found = trace(model_of(network), N_SAMPLES)

    assert (found.output_field.status, found.output_field.span(0)) == (UPPER, (4, 28))
    seen = dependence(network, N_SAMPLES).any(axis=(1, 2)).nonzero()[0]
    assert (seen[0], seen[-1]) == (4, 27)


def test_a_network_that_looks_at_no_sample_has_no_field() -> None:
    found = traced(lambda x: torch.ones(len(x), 3), N_SAMPLES)

    assert found.output_field is None
    assert (found.covered, found.output_cells) == (None, 0)
