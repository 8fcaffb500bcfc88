"""What can be said of an architecture without training it."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch

from . import catalogue
from .weights import find

STUDY_CLASSES = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """One line of ``cnnviz zoo list``.

    Parameters
    ----------
    name
        Architecture.
    n_parameters
        For 16 classes, weights and biases of batch norm included.
    sample_rate, n_samples
        Input: Hz, and audio samples per clip.
    weights
        The checkpoint at hand, or None.
    test_accuracy
        From the card beside the weights, or None.
    """

    name: str
    n_parameters: int
    sample_rate: int | None
    n_samples: int | None
    weights: Path | None
    test_accuracy: float | None


def describe(name: str) -> Listing:
    """Describe one architecture.

    Raises
    ------
    UnknownNameError
        If no architecture has this name.
    """
    family = catalogue.family_of(name)
    spec = family.spec(name, ())
    with torch.device("meta"):
        network = family.build(name, STUDY_CLASSES)
    weights = find(name)
    return Listing(
        name=name,
        n_parameters=sum(p.numel() for p in network.parameters()),
        sample_rate=spec.sample_rate,
        n_samples=spec.n_samples,
        weights=weights,
        test_accuracy=None if weights is None else _test_accuracy(weights),
    )


def _test_accuracy(weights: Path) -> float | None:
    beside = (weights.with_suffix(".json"), weights.with_name("card.json"))
    card = next((path for path in beside if path.is_file()), None)
    if card is None:
        return None
    return float(json.loads(card.read_text("utf-8"))["test"]["accuracy"])
