"""AudioModel: scores found in any output, contracts checked, checkpoints whole or not at all."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from cnnviz.errors import ModelLoadError, ParameterError, ShapeError, UnsupportedModelError
from cnnviz.frontend import FrontendSpec
from cnnviz.model import (
    AudioModel,
    ModelSpec,
    WeightsOnly,
    as_scores,
    assemble,
    digest_tensors,
    read_checkpoint,
    write_checkpoint,
)
from cnnviz.model.scores import output_kind

SCORES = torch.arange(6.0).reshape(2, 3)


@dataclass
class Output:
    """As transformer libraries return."""

    loss: Tensor
    logits: Tensor


@pytest.mark.parametrize(
    "output",
    [
        SCORES,
        SCORES[:, :, None],
        SCORES[:, :, None, None],
        SCORES[:, None, :],
        (SCORES, {"hidden": 3}),
        [torch.zeros(5), SCORES],
        {"loss": torch.tensor(0.1), "scores": SCORES},
        {"embedding": torch.zeros(2, 9), "logits": SCORES},
        {"clipwise_output": SCORES, "embedding": torch.zeros(2, 9)},
        Output(loss=torch.tensor(0.1), logits=SCORES),
        (SCORES, torch.zeros(2, 4, 5)),
    ],
    ids=range(11),
)
def test_scores_are_found_in_any_output(output: object) -> None:
    assert torch.equal(as_scores(output, 2), SCORES)


@pytest.mark.parametrize(
    ("output", "shape"),
    [(torch.zeros(3), (1, 3)), (torch.tensor(0.5), (1, 1)), (torch.zeros(1, 3), (1, 3)),
     (torch.zeros(1), (1, 1)), (torch.zeros(1, 1), (1, 1))],
)  # fmt: skip
def test_a_squeezed_batch_of_one_comes_back(output: Tensor, shape: tuple[int, int]) -> None:
    assert as_scores(output, 1).shape == shape


def test_one_number_per_clip_is_one_class() -> None:
    assert as_scores(torch.zeros(4), 4).shape == (4, 1)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (torch.zeros(2, 3, 7), r"shapes \[\(2, 3, 7\)\]; allowed: \(clip, class\) for 2 clips"),
        (torch.zeros(1, 6), r"shapes \[\(1, 6\)\]"),
        ("logits", r"shapes no tensor"),
        (torch.ones(2, 3, dtype=torch.long), r"shapes no tensor"),
    ],
)
def test_an_output_without_scores_is_described(output: object, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        as_scores(output, 2)


def test_the_number_of_classes_tells_scores_from_an_embedding() -> None:
    output = (torch.zeros(2, 9), SCORES)

    assert torch.equal(as_scores(output, 2, n_classes=3), SCORES)
    with pytest.raises(ShapeError, match="with 9, 3 columns; name the classes with --classes"):
        as_scores(output, 2)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (SCORES, "logits"),
        (SCORES.softmax(1), "probabilities"),
        (SCORES.log_softmax(1), "log_probabilities"),
        (torch.full((4, 2), 0.3), "logits"),
        (torch.ones(4, 1), "logits"),
    ],
    ids=["logits", "softmax", "log-softmax", "between 0 and 1", "one class"],
)
def test_values_without_a_graph_are_recognised(values: Tensor, kind: str) -> None:
    assert output_kind(values) == kind


def model(network: nn.Module, **spec: object) -> AudioModel:
    contract = ModelSpec(**{"sample_rate": 8000, **spec})
    return assemble(network, contract, name="net", reference="net.pt")


@pytest.mark.parametrize(
    ("layout", "shape"), [("bct", (2, 1, 9)), ("bt", (2, 9)), ("btc", (2, 9, 1))]
)
def test_waveforms_get_the_axes_of_the_layout(layout: str, shape: tuple[int, ...]) -> None:
    inputs = model(nn.Identity(), layout=layout).network_input(torch.zeros(2, 9))

    assert inputs.shape == shape


def test_spectrograms_keep_their_axes() -> None:
    frontend = FrontendSpec(kind="log_mel", n_fft=64, hop_length=32, n_mels=8)

    inputs = model(nn.Identity(), frontend=frontend).network_input(torch.zeros(2, 320))

    assert inputs.shape == (2, 1, 8, 11)


def test_a_fixed_batch_size_takes_any_number_of_clips() -> None:
    class Fours(nn.Module):
        def forward(self, inputs: Tensor) -> Tensor:
            assert len(inputs) == 4
            return inputs[:, 0, :3]

    from dataclasses import replace

    clips = torch.randn(10, 5)

    scores = replace(model(Fours()), batch_size=4).scores(clips)

    assert torch.equal(scores, clips[:, :3])


def test_weights_alone_refuse_a_forward_pass() -> None:
    weights = model(WeightsOnly({"weight": torch.ones(2, 1, 3)}, "add a factory"))

    assert not weights.has_graph
    with pytest.raises(UnsupportedModelError, match="add a factory"):
        weights.scores(torch.zeros(1, 9))


def test_the_sample_rate_is_asked_for() -> None:
    with pytest.raises(ParameterError, match=r"net.pt holds tensors without a sample rate; add --"):
        model(nn.Identity(), sample_rate=None)


def test_the_digest_knows_names_shapes_types_and_values() -> None:
    tensors = {
        "a": {"w": torch.zeros(4)},
        "name": {"v": torch.zeros(4)},
        "shape": {"w": torch.zeros(2, 2)},
        "type": {"w": torch.zeros(4, dtype=torch.int32)},
        "value": {"w": torch.tensor([0.0, 0.0, 0.0, 1e-30])},
    }

    assert len({digest_tensors(each) for each in tensors.values()}) == len(tensors)


def test_the_digest_ignores_order_and_strides() -> None:
    first, second = torch.arange(6.0).reshape(2, 3), torch.ones(1)

    one = digest_tensors({"a": first, "b": second})

    assert one == digest_tensors({"b": second, "a": first.T.contiguous().T})


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_a_checkpoint_comes_back_bit_by_bit(tmp_path: Path, suffix: str) -> None:
    network = nn.Sequential(nn.Conv1d(1, 2, 3), nn.BatchNorm1d(2)).double()
    spec = ModelSpec(architecture="nets:build", sample_rate=8000, class_names=("ja", "nein"))
    path = tmp_path / f"net{suffix}"

    digest = write_checkpoint(path, network, spec)
    tensors, again = read_checkpoint(path)

    assert again == spec
    assert digest == digest_tensors(tensors)
    assert all(torch.equal(value, tensors[k]) for k, value in network.state_dict().items())
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_what_is_no_checkpoint_is_none(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 2).state_dict(), tmp_path / "bare.pt")

    assert read_checkpoint(tmp_path / "bare.pt") is None


def test_a_checkpoint_whose_contract_is_wrong_is_named(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    write_checkpoint(path, nn.Linear(2, 2), ModelSpec())
    content = torch.load(path, weights_only=True)
    content["spec"]["sample_rate"] = -1
    torch.save(content, path)

    with pytest.raises(ParameterError, match=r"net.pt: sample_rate=-1; allowed: a positive"):
        read_checkpoint(path)


def test_a_checkpoint_with_other_weights_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    write_checkpoint(path, nn.Linear(2, 2), ModelSpec())
    content = torch.load(path, weights_only=True)
    content["state_dict"]["bias"] += 1
    torch.save(content, path)

    with pytest.raises(ModelLoadError, match="does not match its own digest"):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"layout": "tb"}, "layout='tb'; allowed: bct, bt, btc"),
        ({"output": "softmax"}, "output='softmax'; allowed: logits, log_probabilities"),
        ({"architecture": 3}, "architecture=3; allowed: text"),
    ],
)
def test_a_contract_out_of_range_is_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        ModelSpec(**values)
