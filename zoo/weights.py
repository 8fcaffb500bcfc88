"""Trained weights and untrained twins: where they are, and how they become a model."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cnnviz.errors import ModelLoadError, UnknownNameError
from cnnviz.model import AudioModel, ModelSpec, assemble, read_checkpoint

from . import catalogue

CHECKPOINTS = Path(__file__).parent / "checkpoints"
RUNS = Path("runs")
_STATES = ("", "init")
_SAME_SEED = 0.3  # cosine of a large tensor to its initial values


def find(name: str) -> Path | None:
    """The checkpoint of an architecture: the one that ships, else one trained here, else None."""
    places = (CHECKPOINTS / f"{name}.safetensors", RUNS / name / f"{name}.safetensors")
    return next((path for path in places if path.is_file()), None)


def find_card(weights: Path) -> Path | None:
    """The model card that belongs to a checkpoint of `find`, or None."""
    places = (weights.with_suffix(".json"), weights.with_name("card.json"))
    return next((path for path in places if path.is_file()), None)


def load_weights(name: str) -> AudioModel:
    """Load a network in evaluation mode: ``NAME`` trained, ``NAME@init`` as training found it.

    Raises
    ------
    UnknownNameError
        If no architecture has this name, or something else than ``init`` follows the ``@``.
    ModelLoadError
        If there are no weights, or they belong to another architecture.
    """
    plain, _, state = name.partition("@")
    if state not in _STATES:
        raise UnknownNameError(
            f"zoo:{name} asks for weights {state!r}; allowed: zoo:{plain} (trained) and "
            f"zoo:{plain}@init (untrained)"
        )
    return _with_twins(_untrained(plain) if state else _trained(plain), plain)


def trained_names() -> tuple[str, ...]:
    """Names whose weights are at hand."""
    return tuple(name for name in catalogue.names() if find(name) is not None)


def _trained(name: str) -> AudioModel:
    catalogue.family_of(name)
    path = find(name)
    if path is None:
        raise ModelLoadError(
            f"zoo:{name} has no trained weights; weights are at hand for: "
            f"{', '.join(trained_names()) or 'none'}; train it: "
            f"cnnviz zoo train {name} --data DIR, or take zoo:{name}@init"
        )
    return replace(_read(name, path, reference=name), label_smoothing=_label_smoothing(path))


def _untrained(name: str) -> AudioModel:
    """The kept initial weights; without them, the same made anew from the seed."""
    family = catalogue.family_of(name)
    path = find(name)
    initial = None if path is None else path.with_suffix(".init.safetensors")
    if initial is not None and initial.is_file():
        return _read(name, initial, reference=f"{name}@init")
    class_names = () if path is None else _contract(path).class_names
    n_classes = len(class_names) or family.N_CLASSES
    network = _built(name, n_classes, seed=_seed(name, path))
    spec = family.spec(name, class_names)
    return assemble(network.eval(), spec, name=f"{name}@init", reference=f"zoo:{name}@init")


def _with_twins(model: AudioModel, name: str) -> AudioModel:
    """A model that knows how other seeds begin and, once trained, how it began itself."""
    path, n_classes = find(name), len(model.class_names) or catalogue.family_of(name).N_CLASSES
    is_trained = path is not None and model.name == name
    return replace(
        model,
        rebuild=lambda: catalogue.family_of(name).build(name, n_classes),
        initial=(lambda: _began(name, model.network)) if is_trained else None,
    )


def _began(name: str, trained: nn.Module) -> nn.Module | None:
    """The weights that training began with: kept, or made anew where the trained ones show it.

    A seed gives the same weights from one version of torch to the next by habit, not by promise;
    tensors of a thousand numbers that have nothing in common have a cosine below .1.
    """
    path = find(name)
    network = _untrained(name).network
    if path is not None and path.with_suffix(".init.safetensors").is_file():
        return network
    now, before = trained.state_dict(), network.state_dict()
    pairs = [(now[key].flatten(), before[key].flatten()) for key in now if now[key].ndim > 1]
    cosines = [torch.cosine_similarity(*pair, dim=0) for pair in pairs if len(pair[0]) >= 1000]
    return network if any(cosine > _SAME_SEED for cosine in cosines) else None


def _read(name: str, path: Path, *, reference: str) -> AudioModel:
    checkpoint = read_checkpoint(path)
    if checkpoint is None:
        raise ModelLoadError(f"{path} is not a cnnviz checkpoint; remove it and train zoo:{name}")
    tensors, spec = checkpoint
    if spec.architecture != f"zoo:{name}":
        raise ModelLoadError(
            f"{path} holds architecture={spec.architecture}; expected: zoo:{name}; "
            f"remove it and train zoo:{name}"
        )
    network = _built(name, len(spec.class_names), seed=0)
    network.load_state_dict(tensors)  # halves become float32
    return assemble(network.eval(), spec, name=reference, reference=f"zoo:{reference}")


def _built(name: str, n_classes: int, *, seed: int) -> nn.Module:
    """A network with fresh weights; the global random state stays as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return catalogue.family_of(name).build(name, n_classes)


def _contract(path: Path) -> ModelSpec:
    checkpoint = read_checkpoint(path)
    if checkpoint is None:
        raise ModelLoadError(f"{path} is not a cnnviz checkpoint; remove it and train again")
    return checkpoint[1]


def _label_smoothing(weights: Path) -> float | None:
    """Of the training behind the weights; None without a card."""
    card = find_card(weights)
    return None if card is None else float(_recipe(card)["label_smoothing"])


def _seed(name: str, weights: Path | None) -> int:
    """Of the training behind the weights at hand, else of the recipe."""
    card = None if weights is None else find_card(weights)
    if card is None:
        return catalogue.family_of(name).recipe(name).seed
    return int(_recipe(card)["seed"])


def _recipe(card: Path) -> dict[str, Any]:
    """Of a card as it stands; without the packages that scores need."""
    recipe: dict[str, Any] = json.loads(card.read_text("utf-8"))["recipe"]
    return recipe
