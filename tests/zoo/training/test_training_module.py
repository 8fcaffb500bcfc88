"""What one step of a training is made of."""

from dataclasses import replace
from math import exp, log
from pathlib import Path

import pytest
import torch
from torch import nn

from cnnviz.frontend import build_frontend
from tests.zoo import tones
from zoo.catalogue import family_of
from zoo.corpus import Corpus
from zoo.recipe import NO_AUGMENTATION, Recipe
from zoo.training import Training, train
from zoo.training.training_module import TrainingModule

RAW, SPECTRAL = "custom_ch4-5-bn", "vgg_net1"
RECIPE = Recipe(epochs=2, batch_size=6, learning_rate=1e-2, augmentation=NO_AUGMENTATION)


def _module(
    name: str = RAW, recipe: Recipe = RECIPE, corpus: Corpus | None = None
) -> TrainingModule:
    family = family_of(name)
    spec = family.spec(name, tuple(tones.FREQUENCIES))
    assert spec.frontend is not None
    module = TrainingModule(
        family.build(name, 3),
        build_frontend(spec.frontend, sample_rate=spec.sample_rate),
        corpus or tones.corpus(),
        recipe,
        sample_rate=spec.sample_rate,
        wide=False,
    )
    module.on_train_epoch_start()
    return module


def test_a_spectrogram_network_is_trained_and_scored(tmp_path: Path) -> None:
    recipe = replace(RECIPE, epochs=6, average_decay=0.5, label_smoothing=0.0, learning_rate=2e-3)
    training = Training(name=SPECTRAL, recipe=recipe, folder=tmp_path / "run", device="cpu")

    card = train(training, tones.corpus(), tell=lambda line: None)

    assert card.test.accuracy == 1.0  # three tones are far apart
    assert card.frontend["kind"] == "mfcc"


def test_a_spectrogram_network_sees_masked_spectrograms() -> None:
    hidden = replace(NO_AUGMENTATION, time_masks=1, time_mask_frames=30)
    module = _module(SPECTRAL, replace(RECIPE, augmentation=hidden))
    chosen = torch.arange(24)

    plain = _module(SPECTRAL)._varied(chosen)
    masked = module._varied(chosen)

    changed = (masked != plain).any(dim=(1, 2)).sum(dim=1)  # frames of each clip
    assert changed.max() <= 30
    assert 10 < changed.float().mean() < 20  # 0 to 30, uniform


def test_clips_of_the_background_class_are_added_as_noise() -> None:
    noisy = replace(NO_AUGMENTATION, noise_probability=1.0, noise_snr_db=(20.0, 20.0))
    recipe = replace(RECIPE, augmentation=noisy, background_class="low")
    module = _module(recipe=recipe)
    n_low = int((module.labels == list(tones.FREQUENCIES).index("low")).sum())

    clips = module._augmented(torch.arange(24))
    noise = clips - _module()._augmented(torch.arange(24))

    ratio = 10 * torch.log10(clips.square().mean(dim=1) / noise.square().mean(dim=1))
    assert len(module.background) == n_low
    assert ((ratio > 19) & (ratio < 21)).all()


def test_loss_is_cross_entropy_with_smoothed_labels() -> None:
    module = _module(recipe=replace(RECIPE, label_smoothing=0.3))
    logits = torch.tensor([0.0, 1.0, 3.0])
    module._logits = lambda network, inputs: logits.expand(len(inputs), 3)  # type: ignore[method-assign]
    module.labels = torch.full_like(module.labels, 2)
    module._trainer = _Trainer()
    module._fabric = None

    loss = module.training_step(0, 0)

    # 0.7 of the weight on the true class, 0.1 more on each of the three
    total = log(sum(exp(value) for value in (0.0, 1.0, 3.0)))
    expected = -(0.1 * (0 - total) + 0.1 * (1 - total) + 0.8 * (3 - total))
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_weights_decay_and_biases_and_norms_do_not() -> None:
    module = _module()

    groups = module.configure_optimizers()["optimizer"].param_groups  # type: ignore[attr-defined]
    weights, rest = sorted(groups, key=lambda group: -group["weight_decay"])

    assert (weights["weight_decay"], rest["weight_decay"]) == (RECIPE.weight_decay, 0.0)
    assert {parameter.ndim for parameter in weights["params"]} == {2, 3}
    assert {parameter.ndim for parameter in rest["params"]} == {1}


def test_validation_scores_the_average_of_the_weights() -> None:
    module = _module()
    asked = []
    module._logits = lambda network, inputs: asked.append(network) or torch.zeros(len(inputs), 3)  # type: ignore[func-returns-value, method-assign]
    module.log_dict = lambda *_, **__: None  # type: ignore[method-assign]
    module._trainer = _Trainer()

    module.validation_step(0, 0)

    assert asked == [module.average]


def test_network_is_compiled_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[nn.Module] = []

    def note(module: nn.Module) -> None:
        compiled.append(module)

    monkeypatch.setattr(nn.Module, "compile", note)
    training = Training(
        name=RAW, recipe=replace(RECIPE, epochs=1), folder=tmp_path, device="cpu", compiled=True
    )

    train(training, tones.corpus(n_train=6), tell=lambda line: None)

    assert len(compiled) == 1


class _Trainer:
    """As much of Lightning's trainer as a step asks for."""

    global_rank, world_size = 0, 1
