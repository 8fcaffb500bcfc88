"""Every architecture: printed parameter counts, shapes of the output, one step of training."""

import pytest
import torch
from torch import nn

import zoo
from zoo import catalogue, printed
from zoo.printed import PrintedRow
from zoo.uninitialised import uninitialised_network
from zoo.variant import parse

COUNTED = [row for table in printed.tables() for row in table.rows if row.n_parameters]
EXACT = [row for row in COUNTED if not row.extra_channels]
INEXACT = [row for row in COUNTED if row.extra_channels]
OTHERS = [network for network in printed.networks() if network.n_parameters]
WITH_DROPOUT = [name for name in zoo.names() if "-do" in name]
WITHOUT_DROPOUT = [name for name in zoo.names() if "-do" not in name]
TRAINED = (  # one of each family, narrow where a family can be
    "baseline_fc2_ch2-4",
    "custom_ch4-5-bn",
    "only_conv_k5_ch2-6",
    "wide_k25_ch4-3-bn",
    "filterbank_k32_ch4-3-bn",
    "vgg_style_ch4-6",
    "nsynth_preliminary",
    "nsynth_optimized",
    "simple_1d_net",
    "se_resnet3",
    "vgg_net1",
    "m5",
    "m5_ch32",
    "sample_cnn",
    "sinc_net",
    "gabor_net",
    "urbansound_logmel",
)


def _count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def _inputs(name: str, n_clips: int, device: str) -> torch.Tensor:
    """Zeros as the network eats them; axes from the frontend."""
    from cnnviz.model import assemble

    family = catalogue.family_of(name)
    spec = family.spec(name, ())
    network = nn.Identity().to(device)
    model = assemble(network, spec, name=name, reference=name, digest="-")
    return model.network_input(torch.zeros(n_clips, spec.n_samples)).to(device)


def test_the_study_prints_62_counts_and_six_of_them_are_not_sequential() -> None:
    assert (len(EXACT), len(INEXACT)) == (56, 6)


@pytest.mark.parametrize("row", EXACT, ids=lambda row: row.counted)
def test_parameter_count_is_the_printed_one(row: PrintedRow) -> None:
    assert _count(uninitialised_network(row.counted, printed.N_CLASSES)) == row.n_parameters


@pytest.mark.parametrize("row", INEXACT, ids=lambda row: row.counted)
def test_count_of_no_sequential_network_exceeds_ours_by_extra_channels(row: PrintedRow) -> None:
    network = uninitialised_network(row.counted, printed.N_CLASSES)
    length = network.linear.in_features // network.get_submodule(_last(network)).out_channels

    assert row.n_parameters - _count(network) == 16 * row.extra_channels * length


def _last(network: nn.Module) -> str:
    return [name for name, _ in network.named_children() if name.startswith("conv")][-1]


def test_wide_plain_network_has_its_other_printed_count_without_batch_norm() -> None:
    assert _count(uninitialised_network("custom_ch64-8", printed.N_CLASSES)) == 363_600


@pytest.mark.parametrize("network", OTHERS, ids=lambda network: network.name)
def test_parameter_count_outside_the_study_is_the_printed_one(
    network: printed.PrintedNetwork,
) -> None:
    assert _count(uninitialised_network(network.name, network.n_classes)) == network.n_parameters


@pytest.mark.parametrize("name", WITHOUT_DROPOUT)
def test_two_clips_give_two_rows_of_scores(name: str) -> None:
    family = catalogue.family_of(name)
    with torch.device("meta"):
        network = uninitialised_network(name, family.N_CLASSES).eval()

    with torch.no_grad():
        scores = network(_inputs(name, 2, "meta"))

    assert scores.shape == (2, family.N_CLASSES)


@pytest.mark.parametrize("name", WITH_DROPOUT)
def test_dropout_in_the_name_adds_one_layer_and_nothing_else(name: str) -> None:
    variant = parse(name)
    plain = name.replace(f"-do{variant.dropout:g}", "")

    network, other = uninitialised_network(name, 7), uninitialised_network(plain, 7)

    dropouts = {key for key, module in network.named_modules() if isinstance(module, nn.Dropout)}
    assert [network.get_submodule(key).p for key in dropouts] == [variant.dropout]
    assert [
        (key, repr(module)) for key, module in network.named_children() if key not in dropouts
    ] == [(key, repr(module)) for key, module in other.named_children()]


def test_every_family_is_trained_below() -> None:
    families = {catalogue.family_of(name).__name__ for name in TRAINED}

    assert families == {catalogue.family_of(name).__name__ for name in zoo.names()}


@pytest.mark.parametrize("name", TRAINED)
def test_one_step_on_the_cpu_lowers_the_loss(name: str) -> None:
    before, after = _step(name, "cpu")

    assert after < before


@pytest.mark.gpu
@pytest.mark.parametrize("name", TRAINED)
def test_one_step_on_the_gpu_lowers_the_loss(name: str) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device is here")

    before, after = _step(name, "cuda")

    assert after < before


def _step(name: str, device: str) -> tuple[float, float]:
    """Loss of a batch before and after one short step down its gradient."""
    torch.manual_seed(0)
    network = catalogue.family_of(name).build(name, 3).to(device).train()
    inputs = torch.randn_like(_inputs(name, 4, device))
    labels = torch.tensor([0, 1, 2, 0], device=device)

    def loss() -> torch.Tensor:
        torch.manual_seed(1)  # the same units are dropped both times
        return nn.functional.cross_entropy(network(inputs), labels)

    before = loss()
    before.backward()
    gradients = [parameter.grad for parameter in network.parameters()]
    norm = torch.stack([gradient.norm() for gradient in gradients]).norm()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.sub_(0.01 * parameter.grad / norm)
    assert all(gradient.isfinite().all() for gradient in gradients)
    return before.item(), loss().item()
