"""Printed facts beside the study: keyword challenge, NSynth, and classical models."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedNetwork:
    """One network outside the study, as its authors printed it.

    Parameters
    ----------
    name
        Ours, such as ``"se_resnet3"``.
    corpus
        What it was trained on.
    n_classes
        Classes of that task.
    accuracy
        In [0, 1].
    scored_on
        ``"test"`` or ``"validation"`` clips.
    n_parameters
        None where none is printed.
    """

    name: str
    corpus: str
    n_classes: int
    accuracy: float
    scored_on: str
    n_parameters: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TabularModel:
    """One classical model on features of whole clips of UrbanSound8K.

    Parameters
    ----------
    name
        As printed.
    accuracy
        On a random split, in [0, 1]; the corpus asks for its ten folds instead.
    kappa
        Cohen's kappa; None where none is printed.
    """

    name: str
    accuracy: float
    kappa: float | None


def networks() -> tuple[PrintedNetwork, ...]:
    """Read the networks of the keyword challenge and of NSynth.

    Examples
    --------
    >>> [network.n_parameters for network in networks() if network.corpus.startswith("NSynth")]
    [9098, 8838158]
    """
    return (*_challenge(), *_nsynth())


def tabular_models() -> tuple[TabularModel, ...]:
    """Read the classical models on UrbanSound8K."""
    rows = _read("urbansound_tabular.json")["rows"]
    return tuple(
        TabularModel(name=name, accuracy=accuracy, kappa=kappa) for name, accuracy, kappa in rows
    )


def _challenge() -> list[PrintedNetwork]:
    models = _read("speech_challenge_12.json")["models"]
    return [
        PrintedNetwork(
            name=name,
            corpus="keyword challenge",
            n_classes=12,
            accuracy=next(v for key, v in model["log"].items() if "accuracy" in key),
            scored_on="validation",
            n_parameters=None,
        )
        for name, model in models.items()
    ]


def _nsynth() -> list[PrintedNetwork]:
    content = _read("nsynth.json")
    return [
        PrintedNetwork(
            name=name,
            corpus="NSynth families",
            n_classes=len(content["classes"]),
            accuracy=model["accuracy"],
            scored_on="test",
            n_parameters=model["params"],
        )
        for name, model in content["models"].items()
    ]


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((_HERE / name).read_text("utf-8"))
    return content
