"""What was trained: model cards, gathered by network, corpus, origin and learning rate."""

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
class Setting:
    """What tells trainings of one network apart: where, whose, and how fast.

    Parameters
    ----------
    corpus
        Where.
    is_shipped
        Whether the weights came with cnnviz; else they were trained here.
    learning_rate
        Peak of the rate.
    """

    corpus: Corpus
    is_shipped: bool
    learning_rate: float

    @property
    def origin(self) -> str:
        """Either ``"shipped"`` or ``"own run"``."""
        return "shipped" if self.is_shipped else "own run"

    @property
    def label(self) -> str:
        """Such as ``"kws12, 12 classes; shipped; rate 0.003"``."""
        return f"{self.corpus.label}; {self.origin}; rate {self.learning_rate:g}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One network in one setting, by one recipe, from one or several seeds.

    Parameters
    ----------
    name
        Architecture.
    setting
        Where, whose, and at which rate.
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
    setting: Setting
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


def shipped_digests() -> frozenset[str]:
    """Digests of the weights that come with cnnviz."""
    return frozenset(read_card(path).digest for path in CHECKPOINTS.glob("*.json"))


def outcomes(cards: Iterable[Card], shipped: frozenset[str] = frozenset()) -> tuple[Outcome, ...]:
    """Gather cards by network, corpus, origin and learning rate.

    Of several recipes that differ in anything else the one with the best mean validation
    accuracy is taken, so that the test clips choose nothing; its seeds are averaged.

    Parameters
    ----------
    cards
        Of any trainings.
    shipped
        Digests of weights that were not trained here.

    Returns
    -------
    tuple of Outcome
        By name, then setting.
    """
    runs: dict[tuple[str, Setting], dict[str, list[Card]]] = defaultdict(lambda: defaultdict(list))
    for card in cards:
        runs[card.name, _setting(card, shipped)][_recipe(card)].append(card)
    gathered = [
        _outcome(setting, max(recipes.values(), key=_validation))
        for (_, setting), recipes in runs.items()
    ]
    return tuple(sorted(gathered, key=_order))


def _order(outcome: Outcome) -> tuple[str, str, int, bool, float]:
    setting = outcome.setting
    corpus = setting.corpus
    return (
        *(outcome.name, corpus.label, corpus.n_test_clips),
        *(not setting.is_shipped, setting.learning_rate),
    )


def _setting(card: Card, shipped: frozenset[str]) -> Setting:
    names = tuple(score.class_name for score in card.test.classes)
    return Setting(
        corpus=Corpus(name=card.data, class_names=names, n_test_clips=card.n_clips[2]),
        is_shipped=card.digest in shipped,
        learning_rate=card.recipe.learning_rate,
    )


def _recipe(card: Card) -> str:
    values = {key: value for key, value in card.recipe.to_dict().items() if key != "seed"}
    return json.dumps({**values, "precision": card.precision}, sort_keys=True)


def _validation(cards: list[Card]) -> float:
    rates = [card.validation_accuracy for card in cards if card.validation_accuracy is not None]
    return mean(rates) if rates else 0.0


def _outcome(setting: Setting, repeated: list[Card]) -> Outcome:
    cards = list({card.recipe.seed: card for card in repeated}.values())  # a seed counts once
    accuracies = [card.test.accuracy for card in cards]
    low, high = cards[0].test.interval
    if len(cards) > 1:
        low, high = min(accuracies), max(accuracies)
    return Outcome(
        name=cards[0].name,
        setting=setting,
        n_parameters=cards[0].n_parameters,
        accuracy=mean(accuracies),
        low=low,
        high=high,
        seeds=tuple(sorted(card.recipe.seed for card in cards)),
    )
