"""Model cards: what a network was trained on, how, and how far it can be trusted."""

import json
from dataclasses import asdict, dataclass

from .evaluation import TestEvaluation
from .recipe import Recipe


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """Everything to know about one trained network; made from its run, nothing typed by hand.

    Parameters
    ----------
    name
        Architecture.
    n_parameters
        Weights and biases, those of batch norm included.
    digest
        SHA-256 over the weights.
    data, data_digest
        Name of the data folder, and SHA-256 over the names of its clips.
    n_clips
        Clips per split: training, validation, test.
    sample_rate, n_samples
        Input: Hz, and audio samples per clip.
    frontend
        Parameters of the frontend.
    recipe
        How it was trained.
    best_epoch
        Epoch whose weights were kept, counted from 1, chosen by validation loss.
    validation_accuracy
        Of these weights.
    test
        Scores on the test clips, which no choice was based on.
    """

    name: str
    n_parameters: int
    digest: str
    data: str
    data_digest: str
    n_clips: tuple[int, int, int]
    sample_rate: int
    n_samples: int
    frontend: dict[str, object]
    recipe: Recipe
    best_epoch: int
    validation_accuracy: float
    test: TestEvaluation

    @property
    def limits(self) -> tuple[str, ...]:
        """What the scores do not say, or say against the network."""
        low, high = self.test.interval
        worst = min(self.test.classes, key=lambda score: score.recall)
        return (
            f"The {self.test.accuracy:.1%} rest on {self.n_clips[2]} clips of the same corpus; "
            f"with others like them {low:.1%} to {high:.1%} are to be expected. "
            "Other microphones, rooms and languages were not tested.",
            f"{worst.class_name} is found least often: {worst.recall:.0%} of its clips.",
            _most_confused(self.test),
            f"It hears {self.n_samples / self.sample_rate:g} s at {self.sample_rate} Hz and "
            f"answers with one of {len(self.test.classes)} classes, whatever the sound.",
        )


def to_json(card: Card) -> str:
    """Write a card as JSON text."""
    values = {**asdict(card), "limits": list(card.limits)}
    return json.dumps(values, indent=1) + "\n"


def to_markdown(card: Card) -> str:
    """Write a card as Markdown text."""
    low, high = card.test.interval
    train, validation, test = card.n_clips
    parts = [
        f"# {card.name}",
        f"Test accuracy **{card.test.accuracy:.4f}** (95 % bootstrap interval {low:.4f} to "
        f"{high:.4f}, {test} clips); validation accuracy {card.validation_accuracy:.4f}.",
        "## What it is",
        f"{card.n_parameters:,} parameters; weights SHA-256 `{card.digest}`.\n"
        f"Input: {card.n_samples} audio samples at {card.sample_rate} Hz, "
        f"frontend `{json.dumps(card.frontend)}`.",
        "## What it was trained on",
        f"`{card.data}`: {train:,} training, {validation:,} validation, {test:,} test clips "
        f"(SHA-256 over their names `{card.data_digest}`).\n"
        f"The weights of epoch {card.best_epoch} were kept, by validation loss; the test clips "
        "were scored once, at the end.",
        "## How",
        _table(("choice", "value"), _recipe_rows(card.recipe)),
        "## Scores by class",
        _table(("class", "precision", "recall", "F1", "clips"), _class_rows(card.test)),
        "## Confusion matrix",
        "Rows are the true classes, columns the predicted ones, in clips.",
        _table(*_confusion_rows(card.test)),
        "## Known limits",
        "\n".join(f"- {limit}" for limit in card.limits),
    ]
    return "\n\n".join(parts) + "\n"


def _most_confused(test: TestEvaluation) -> str:
    names = [score.class_name for score in test.classes]
    pairs = [
        (count, names[i], names[j])
        for i, row in enumerate(test.confusion)
        for j, count in enumerate(row)
        if i != j
    ]
    count, true, predicted = max(pairs)
    return f"Its commonest mistake is {predicted} for {true}: {count} clips."


def _recipe_rows(recipe: Recipe) -> list[tuple[str, ...]]:
    values = recipe.to_dict()
    augmentation = values.pop("augmentation")
    assert isinstance(augmentation, dict)
    named = {**values, **{f"augmentation.{name}": v for name, v in augmentation.items()}}
    return [(name, str(value)) for name, value in named.items()]


def _class_rows(test: TestEvaluation) -> list[tuple[str, ...]]:
    return [
        (s.class_name, f"{s.precision:.3f}", f"{s.recall:.3f}", f"{s.f1:.3f}", str(s.n_clips))
        for s in test.classes
    ]


def _confusion_rows(test: TestEvaluation) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    names = tuple(score.class_name for score in test.classes)
    rows = zip(names, test.confusion, strict=True)
    return ("true", *names), [(name, *(str(count) for count in row)) for name, row in rows]


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells).replace('_', chr(92) + '_')} |" for cells in lines)
