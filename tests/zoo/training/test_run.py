"""Training: one step, a whole run, interruption, the same again."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import zoo
from cnnviz import packages
from cnnviz.errors import CnnvizError, ParameterError
from cnnviz.frontend import FrontendSpec, build_frontend
from tests.zoo import tones
from zoo.architectures import custom
from zoo.card import Card
from zoo.recipe import Augmentation, Recipe
from zoo.training import Training, train
from zoo.training.training_module import TrainingModule

NAME = "custom_ch8-6-do0.25-bn"
RECIPE = Recipe(epochs=5, batch_size=6, learning_rate=1e-2, average_decay=0.5)


class _Stop:
    """Stop training in the middle of an epoch, as Ctrl-C or kill would."""

    def __init__(self, epoch: int, error: type[BaseException]) -> None:
        self.left, self.error = epoch, error

    def __call__(self, line: str) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.error


def _run(folder: Path, recipe: Recipe = RECIPE, **options: object) -> Card:
    options.setdefault("tell", lambda line: None)
    chosen = Training(name=NAME, recipe=recipe, folder=folder, device="cpu")
    return train(chosen, tones.corpus(), **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def told() -> list[str]:
    """Lines that the finished training told."""
    return []


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, told: list[str]) -> Path:
    folder = tmp_path_factory.mktemp("finished") / "run"
    _run(folder, tell=told.append)
    return folder


def test_one_step_lowers_the_loss_of_its_batch() -> None:
    torch.manual_seed(0)
    module = _module()
    module.on_train_epoch_start()
    optimizer = torch.optim.SGD(module.network.parameters(), lr=1e-3)
    inputs = module._varied(module.order[:8])
    labels = module.labels[module.order[:8]]

    losses = []
    for _ in range(2):
        loss = torch.nn.functional.cross_entropy(module._logits(module.network, inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    assert losses[1] < losses[0]


def test_every_parameter_is_trained_in_every_step() -> None:
    module = _module()
    module.on_train_epoch_start()
    module._fabric, module._trainer = None, _Trainer()
    optimizer = module.configure_optimizers()["optimizer"]
    assert isinstance(optimizer, torch.optim.AdamW)

    unchanged = []
    for step in range(3):
        before = {name: p.detach().clone() for name, p in module.network.named_parameters()}
        optimizer.zero_grad()
        module.training_step(step, step).backward()
        optimizer.step()
        after = dict(module.network.named_parameters())
        unchanged += [name for name, old in before.items() if torch.equal(old, after[name])]

    assert unchanged == []


def test_tones_are_learnt_in_seconds(finished: Path) -> None:
    card = json.loads((finished / "card.json").read_text())

    assert card["test"]["accuracy"] == 1.0
    assert card["n_clips"] == [24, 6, 6]


def test_run_folder_holds_weights_card_checkpoints_and_metrics(finished: Path) -> None:
    names = {path.name for path in finished.iterdir()}

    assert names == {
        *("best.ckpt", "last.ckpt", "metrics", "request.json"),
        *(f"{NAME}.safetensors", f"{NAME}.init.safetensors", "card.json", "card.md"),
    }


def test_lightning_checkpoints_open_without_trusting_code(finished: Path) -> None:
    content = torch.load(finished / "last.ckpt", weights_only=True)

    assert content["epoch"] == 4
    assert not any("waveforms" in name for name in content["state_dict"])


def test_metrics_have_one_row_per_epoch(finished: Path) -> None:
    head, *rows = (finished / "metrics" / "version_0" / "metrics.csv").read_text().splitlines()

    assert {"train_loss", "validation_accuracy", "validation_loss"} <= set(head.split(","))
    assert {row.split(",")[0] for row in rows} == {"0", "1", "2", "3", "4"}


def test_weights_of_the_lowest_validation_loss_are_kept(tmp_path: Path) -> None:
    corpus = tones.corpus()
    wrong = replace(corpus.validation, labels=corpus.validation.labels.roll(1))
    chosen = Training(name=NAME, recipe=RECIPE, folder=tmp_path / "run", device="cpu")

    # what is learned is wrong for these, so the loss goes up
    card = train(chosen, replace(corpus, validation=wrong), tell=lambda line: None)

    with (tmp_path / "run" / "metrics" / "version_0" / "metrics.csv").open() as file:
        cells = [row["validation_loss"] for row in csv.DictReader(file)]
    losses = [float(cell) for cell in cells if cell]
    assert card.best_epoch == 1 + losses.index(min(losses))
    assert card.best_epoch < RECIPE.epochs


def test_weights_are_loaded_by_name_and_score_as_the_card_says(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / NAME).symlink_to(finished)
    monkeypatch.chdir(tmp_path)

    model = zoo.load(NAME)

    test = tones.corpus().test
    with torch.no_grad():
        predicted = model.scores(test.waveforms.float() / 32_767).argmax(dim=1)
    assert torch.equal(predicted, test.labels)
    assert model.digest == json.loads((finished / "card.json").read_text())["digest"]


def test_same_seed_gives_the_same_weights(finished: Path, tmp_path: Path) -> None:
    assert _run(tmp_path / "again").digest == _digest(finished)


def test_another_seed_gives_other_weights(finished: Path, tmp_path: Path) -> None:
    other = replace(RECIPE, seed=1)

    assert _run(tmp_path / "other", other).digest != _digest(finished)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError], ids=["ctrl-c", "crash"])
def test_resumed_training_equals_an_uninterrupted_one(
    finished: Path, tmp_path: Path, error: type[BaseException]
) -> None:
    with pytest.raises((CnnvizError, RuntimeError)):
        _run(tmp_path / "run", tell=_Stop(2, error))

    assert _run(tmp_path / "run", resume=True).digest == _digest(finished)


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    text = rf"training of {NAME} was stopped; .* go on with the same command and --resume"
    with pytest.raises(CnnvizError, match=text):
        _run(tmp_path / "run", tell=_Stop(1, KeyboardInterrupt))


def test_folder_of_another_training_is_not_overwritten(finished: Path) -> None:
    with pytest.raises(ParameterError, match=r"already holds a training; .* add --resume"):
        _run(finished)


def test_resuming_with_another_recipe_is_refused(finished: Path) -> None:
    with pytest.raises(ParameterError, match="of another network, data or recipe"):
        _run(finished, Recipe(epochs=4), resume=True)


@pytest.mark.parametrize("device", ["tpu", "cuda:x", "cuda:99"])
def test_device_that_is_not_here_is_refused(tmp_path: Path, device: str) -> None:
    chosen = Training(name=NAME, recipe=RECIPE, folder=tmp_path / "run", device=device)

    with pytest.raises(ParameterError, match=rf"device='{device}'; allowed: auto, cpu, cuda"):
        train(chosen, tones.corpus())


def test_masks_for_a_raw_network_are_refused(tmp_path: Path) -> None:
    recipe = replace(RECIPE, augmentation=Augmentation(time_masks=1, time_mask_frames=5))

    with pytest.raises(ParameterError, match="time_masks=1; allowed: 0, because custom_ch8"):
        _run(tmp_path / "run", recipe)


def test_finished_training_is_read_when_resumed(finished: Path) -> None:
    lines: list[str] = []

    card = _run(finished, resume=True, tell=lines.append)

    assert card.digest == _digest(finished)
    assert lines == []


def test_missing_lightning_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda name: None)

    with pytest.raises(CnnvizError, match=r"install it: pip install 'cnnviz\[zoo\]'"):
        _run(tmp_path / "run")


@pytest.mark.usefixtures("finished")
def test_epoch_line_tells_number_and_metrics(told: list[str]) -> None:
    assert told[0].startswith("epoch 1/5: train_accuracy 0.")
    assert len(told) == 5


class _Trainer:
    """As much of Lightning's trainer as a step asks for."""

    global_rank, world_size, global_step = 0, 1, 0


def _module() -> TrainingModule:
    frontend = build_frontend(FrontendSpec(normalize="zscore"), sample_rate=tones.RATE)
    network = custom.build(NAME, 3)
    return TrainingModule(
        network, frontend, tones.corpus(), RECIPE, sample_rate=tones.RATE, wide=False
    )


def _digest(folder: Path) -> str:
    return str(json.loads((folder / "card.json").read_text())["digest"])
