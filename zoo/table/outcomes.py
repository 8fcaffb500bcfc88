"""What was trained here: model cards, gathered by network and corpus."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from ..card import Card, read_card
from ..sweep import read_results
from ..weights import CHECKPOINTS

_RUNS = ("*/card.json", "sweeps/*/trials/*/card.json")


@dataclass(frozen=True, kw_only=True, slots=True)
class Corpus:
    """What networks were trained and tested on; accuracies compare within one alone.

    Parameters
    ----------
    name
        Of the data folder.
    class_names
        In order of the outputs.
    n_test_clips
        Clips behind each accuracy.
    """

    name: str
    class_names: tuple[str, ...]
    n_test_clips: int

    @property
    def label(self) -> str:
        """Name and number of classes, such as ``"kws12, 12 classes"``."""
        return f"{self.name}, {len(self.class_names)} classes"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One network on one corpus, by one recipe, from one or several seeds.

    Parameters
    ----------
    name
        Architecture.
    corpus
        Where.
    n_parameters
        Of the trained network, for the classes of the corpus.
    accuracy
        On the test clips, in [0, 1]; the mean over seeds.
    low, high
        Of one run the 95 % bootstrap interval; of several the lowest and highest accuracy.
    seeds
        Of the runs.
    """

    name: str
    corpus: Corpus
    n_parameters: int
    accuracy: float
    low: float
    high: float
    seeds: tuple[int, ...]


def read_cards(runs: Path | None, sweeps: Sequence[Path] = ()) -> tuple[Card, ...]:
    """Read the cards of what ships with cnnviz, of run folders and of sweeps.

    Parameters
    ----------
    runs
        Folder of run folders and ``sweeps/``; None for what ships alone.
    sweeps
        Sweep folders elsewhere.

    Returns
    -------
    tuple of Card
        Each training once, also when it ships and lies in a run folder.

    Raises
    ------
    ModelLoadError
        If a card cannot be read.
    ParameterError
        If a sweep folder is none.
    """
    paths = sorted(CHECKPOINTS.glob("*.json"))
    if runs is not None:
        paths += [path for pattern in _RUNS for path in sorted(runs.glob(pattern))]
    for sweep in sweeps:
        done = [trial for trial in read_results(sweep) if trial.status == "done"]
        paths += [sweep / trial.folder / "card.json" for trial in done]
    cards = [read_card(path) for path in dict.fromkeys(path.resolve() for path in paths)]
    return tuple({(card.name, card.digest): card for card in reversed(cards)}.values())[::-1]


def outcomes(cards: Iterable[Card]) -> tuple[Outcome, ...]:
    """Gather cards by network and corpus.

    Of several recipes the one with the best mean validation accuracy is taken, so that the
    test clips choose nothing; its seeds are averaged.

    Returns
    -------
    tuple of Outcome
        By name, then corpus.
    """
    runs: dict[tuple[str, Corpus], dict[str, list[Card]]] = defaultdict(lambda: defaultdict(list))
    for card in cards:
        runs[card.name, _corpus(card)][_recipe(card)].append(card)
    gathered = [
        _outcome(corpus, max(recipes.values(), key=_validation))
        for (_, corpus), recipes in runs.items()
    ]
    return tuple(sorted(gathered, key=lambda o: (o.name, o.corpus.label, o.corpus.n_test_clips)))


def _corpus(card: Card) -> Corpus:
    names = tuple(score.class_name for score in card.test.classes)
    return Corpus(name=card.data, class_names=names, n_test_clips=card.n_clips[2])


def _recipe(card: Card) -> str:
    values = {key: value for key, value in card.recipe.to_dict().items() if key != "seed"}
    return json.dumps({**values, "precision": card.precision}, sort_keys=True)


def _validation(cards: list[Card]) -> float:
    rates = [card.validation_accuracy for card in cards if card.validation_accuracy is not None]
    return mean(rates) if rates else 0.0


def _outcome(corpus: Corpus, repeated: list[Card]) -> Outcome:
    cards = list({card.recipe.seed: card for card in repeated}.values())  # a seed counts once
    accuracies = [card.test.accuracy for card in cards]
    low, high = cards[0].test.interval
    if len(cards) > 1:
        low, high = min(accuracies), max(accuracies)
    return Outcome(
        name=cards[0].name,
        corpus=corpus,
        n_parameters=cards[0].n_parameters,
        accuracy=mean(accuracies),
        low=low,
        high=high,
        seeds=tuple(sorted(card.recipe.seed for card in cards)),
    )
