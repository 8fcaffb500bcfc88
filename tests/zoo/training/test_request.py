"""A run folder is for one training; what is asked is checked first."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from cnnviz.errors import ParameterError
from tests.zoo import tones
from zoo.recipe import Recipe
from zoo.training.request import Training, check_machine, claim

NAME = "custom_ch4-5-bn"


def _training(folder: Path, **changes: object) -> Training:
    return replace(Training(name=NAME, recipe=Recipe(), folder=folder, device="cpu"), **changes)  # type: ignore[arg-type]


@pytest.fixture
def claimed(tmp_path: Path) -> Training:
    training = check_machine(_training(tmp_path / "run", precision="32"))
    claim(training, tones.corpus(), resume=False)
    return training


def test_the_same_training_may_be_resumed(claimed: Training) -> None:
    before = (claimed.folder / "request.json").read_text()

    claim(claimed, tones.corpus(), resume=True)

    assert (claimed.folder / "request.json").read_text() == before


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"name": "custom_ch4-6-bn"}, "name"),
        ({"recipe": Recipe(learning_rate=0.1)}, r"recipe\.learning_rate"),
        ({"precision": "16"}, "precision"),
    ],
    ids=["architecture", "recipe", "precision"],
)
def test_another_training_is_refused_with_the_difference(
    claimed: Training, changes: dict[str, object], key: str
) -> None:
    with pytest.raises(ParameterError, match=rf"another network, data or recipe \(see .*: {key}\)"):
        claim(replace(claimed, **changes), tones.corpus(), resume=True)  # type: ignore[arg-type]


def test_other_data_are_refused(claimed: Training) -> None:
    other = replace(tones.corpus(), digest="1" * 64)

    with pytest.raises(ParameterError, match=r"request\.json: data_digest\)"):
        claim(claimed, other, resume=True)


def test_a_request_from_before_a_field_was_added_still_fits(claimed: Training) -> None:
    path = claimed.folder / "request.json"
    values = json.loads(path.read_text())
    del values["precision"], values["recipe"]["stored"]
    del values["recipe"]["augmentation"]["time_masks"]
    path.write_text(json.dumps(values))
    partial = claimed.folder / ".last.ckpt.01234567.partial"
    partial.touch()

    claim(claimed, tones.corpus(), resume=True)

    assert not partial.exists()  # a folder that fits is cleared of half-written files
    assert json.loads(path.read_text()) == values


def test_a_request_that_is_no_json_is_refused(claimed: Training) -> None:
    (claimed.folder / "request.json").write_text("{")

    with pytest.raises(ParameterError, match=r"request\.json cannot be read"):
        claim(claimed, tones.corpus(), resume=True)


def test_half_precision_on_a_processor_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="precision='16' on the cpu; allowed: 32 or bf16"):
        check_machine(_training(tmp_path, precision="16"))


def test_unknown_precision_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="precision='8'; allowed: auto, 32, bf16, 16"):
        check_machine(_training(tmp_path, precision="8"))


@pytest.mark.parametrize(
    ("instructions", "precision"), [("amx_bf16", "bf16"), ("avx512_bf16", "bf16"), ("avx2", "32")]
)
def test_auto_precision_is_what_the_processor_multiplies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instructions: str, precision: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {instructions: True})

    assert check_machine(_training(tmp_path)).precision == precision


@pytest.mark.parametrize("begun", ["32", "bf16"])
def test_auto_precision_of_a_resumed_training_is_what_it_was_begun_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: str
) -> None:
    claim(check_machine(_training(tmp_path, precision=begun)), tones.corpus(), resume=False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": begun == "32"})

    assert check_machine(_training(tmp_path)).precision == begun


def test_what_a_killed_process_left_half_written_is_removed(claimed: Training) -> None:
    (claimed.folder / ".last.ckpt.0a1b2c3d.partial").write_bytes(b"half")

    claim(claimed, tones.corpus(), resume=True)

    assert [path.name for path in claimed.folder.iterdir()] == ["request.json"]


def test_what_others_left_in_a_new_folder_stays(tmp_path: Path) -> None:
    (tmp_path / ".film.mkv.12345678.partial").write_bytes(b"half")

    claim(check_machine(_training(tmp_path)), tones.corpus(), resume=False)

    assert (tmp_path / ".film.mkv.12345678.partial").exists()


def test_half_precision_that_a_gpu_began_is_told_on_a_processor(tmp_path: Path) -> None:
    claim(_training(tmp_path, precision="16"), tones.corpus(), resume=False)

    with pytest.raises(ParameterError, match="was begun with it: resume on a GPU, or choose"):
        check_machine(_training(tmp_path))
