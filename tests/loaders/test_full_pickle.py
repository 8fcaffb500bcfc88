"""A full pickle is refused with the class it names, unless the user trusts it."""

import pickle
import sys
from pathlib import Path

import pytest
import torch

from cnnviz.errors import ModelLoadError
from cnnviz.loaders import load_model
from tests.loaders.networks import LightningLike, Squeezes, plain


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
@pytest.mark.parametrize("wrap", [lambda m: m, lambda m: {"model": m}], ids=["module", "dict"])
def test_a_pickled_module_is_refused_by_name(tmp_path: Path, legacy: bool, wrap) -> None:
    path = tmp_path / "model.pt"
    torch.save(wrap(Squeezes()), path, _use_new_zipfile_serialization=not legacy)

    message = (
        r"model.pt is a full pickle that can run code when opened "
        r"\(class tests.loaders.networks.Squeezes\). Export its state dict, or, if you trust it, "
        r"add --trust-code"
    )
    with pytest.raises(ModelLoadError, match=message):
        load_model(str(path), sample_rate=8000)


@torch.no_grad()
@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_a_trusted_module_is_opened(tmp_path: Path, legacy: bool) -> None:
    path, clips = tmp_path / "model.pt", torch.randn(2, 160)
    torch.save({"model": Squeezes(), "epoch": 3}, path, _use_new_zipfile_serialization=not legacy)

    model = load_model(str(path), sample_rate=8000, trust_code=True)

    assert torch.allclose(model.scores(clips), plain()(clips[:, None]), atol=1e-6)
    assert "a full pickle was opened as trusted: its code has run" in model.notices


def test_a_trusted_lightning_checkpoint_gives_its_weights(tmp_path: Path) -> None:
    path = tmp_path / "last.ckpt"
    torch.save({"state_dict": plain().state_dict(), "hyper_parameters": LightningLike()}, path)

    model = load_model(str(path), sample_rate=8000, trust_code=True)

    assert torch.equal(model.tensors["0.weight"], plain()[0].weight)


def test_a_python_pickle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(plain()))

    with pytest.raises(ModelLoadError, match=r"not written by torch.save. Export its state dict"):
        load_model(str(path), sample_rate=8000)
    assert load_model(str(path), sample_rate=8000, trust_code=True).output == "logits"


def test_a_class_that_is_gone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "passing.py").write_text("import torch\nclass Net(torch.nn.Linear): pass\n")
    import passing

    torch.save(passing.Net(2, 2), tmp_path / "model.pt")
    sys.modules.pop("passing")
    (tmp_path / "passing.py").unlink()

    with pytest.raises(ModelLoadError, match=r"\(class passing.Net\)"):
        load_model(str(tmp_path / "model.pt"), sample_rate=8000)
    with pytest.raises(ModelLoadError, match=r"needs a class that cannot be imported"):
        load_model(str(tmp_path / "model.pt"), sample_rate=8000, trust_code=True)
