"""Names and weights of the zoo."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

import zoo
from cnnviz.errors import ModelLoadError, UnknownNameError
from cnnviz.model import write_checkpoint
from zoo import catalogue, weights


def test_listing_names_imports_no_torch() -> None:
    code = "import sys, zoo; zoo.names(); print('torch' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def test_unknown_name_gives_the_nearest() -> None:
    text = r"'custm_ch32-8' is not in the zoo; nearest: .*custom_ch32-8.*; see: cnnviz zoo list"
    with pytest.raises(UnknownNameError, match=text):
        catalogue.family_of("custm_ch32-8")


def test_architecture_without_weights_says_how_to_train_it() -> None:
    text = r"zoo:custom_ch64-3 has no trained weights; .*cnnviz zoo train custom_ch64-3 --data DIR"
    with pytest.raises(ModelLoadError, match=text):
        zoo.load("custom_ch64-3")


def test_network_trained_in_the_working_folder_is_loaded_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "custom_ch32-6"
    _write(name, tmp_path / "runs" / name / f"{name}.safetensors")
    monkeypatch.chdir(tmp_path)

    model = zoo.load(name)

    assert (model.name, model.reference, model.class_names) == (name, f"zoo:{name}", ("no", "yes"))
    assert not model.network.training


def test_weights_of_another_architecture_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "runs" / "custom_ch32-7" / "custom_ch32-7.safetensors"
    _write("custom_ch32-6", path)
    monkeypatch.chdir(tmp_path)

    text = "holds architecture=zoo:custom_ch32-6; expected: zoo:custom_ch32-7"
    with pytest.raises(ModelLoadError, match=text):
        zoo.load("custom_ch32-7")


def test_untrained_twin_is_what_training_starts_from() -> None:
    torch.manual_seed(0)
    fresh = catalogue.family_of(zoo.REFERENCE).build(zoo.REFERENCE, 12).state_dict()
    torch.manual_seed(5)
    state = torch.get_rng_state()

    twin = zoo.load(f"{zoo.REFERENCE}@init")

    assert all(torch.equal(fresh[name], t) for name, t in twin.network.state_dict().items())
    assert twin.class_names == zoo.load(zoo.REFERENCE).class_names
    assert torch.equal(torch.get_rng_state(), state)


def test_untrained_twin_needs_no_weights() -> None:
    twin = zoo.load("custom_ch64-3@init")

    assert (twin.reference, twin.class_names) == ("zoo:custom_ch64-3@init", ())
    assert twin.network.linear.out_features == 16


def test_other_words_behind_the_at_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="asks for weights 'best'; allowed: zoo:custom_ch64"):
        zoo.load("custom_ch64-3@best")


def test_every_bundled_checkpoint_loads_has_a_card_and_is_under_three_megabytes() -> None:
    bundled = sorted(weights.CHECKPOINTS.glob("*.safetensors"))
    names = [path.stem.replace(".init", "@init") for path in bundled]

    models = [zoo.load(name) for name in names]

    assert [model.name for model in models] == names
    assert all(path.stat().st_size < 3_000_000 for path in bundled)
    trained = [path for path in bundled if not path.stem.endswith(".init")]
    assert all(path.with_suffix(".json").is_file() for path in trained)
    assert all(path.with_suffix(".md").is_file() for path in trained)


@pytest.mark.parametrize("name", ["sinc_net", "vgg_net1"], ids=["kept", "made anew"])
def test_a_trained_network_knows_how_it_began(name: str) -> None:
    began = zoo.load(name).initial().state_dict()

    twin = zoo.load(f"{name}@init").network.state_dict()

    assert all(torch.equal(began[key], tensor) for key, tensor in twin.items())


def test_weights_of_another_seed_are_not_taken_for_the_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "custom_ch32-6"
    torch.manual_seed(12345)  # no seed of the recipe
    _write(name, tmp_path / "runs" / name / f"{name}.safetensors")
    monkeypatch.chdir(tmp_path)

    assert zoo.load(name).initial() is None
    assert zoo.load(f"{name}@init").initial is None


def _write(name: str, path: Path) -> None:
    family = catalogue.family_of(name)
    write_checkpoint(path, family.build(name, 2), family.spec(name, ("no", "yes")))
