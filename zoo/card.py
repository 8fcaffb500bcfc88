"""Model cards: what a network was trained on, how, and how far it can be trusted."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cnnviz.errors import ModelLoadError
from cnnviz.evaluation.groups import GroupSpread
from cnnviz.frontend import FrontendSpec

from .card_scores import (
    class_rows,
    describe_mistakes,
    describe_reach,
    describe_without_easy,
    group_rows,
    score_rows,
)
from .evaluation import ClassScore, PartScore, TestEvaluation
from .fold_scores import HEAD, CrossValidation, FoldScore
from .recipe import Recipe

_OF_NOISE = ("augmentation.noise_probability", "augmentation.noise_snr_db")


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
        Name of the data folder, and SHA-256 over its clips and their splits.
    n_clips
        Clips per split: training, validation, test. By folds: the training clips behind these
        weights, and the clips of all tests.
    sample_rate, n_samples
        Input: Hz, and audio samples per clip.
    frontend
        Parameters of the frontend.
    recipe
        How it was trained.
    precision
        Of the arithmetic in training: ``"32"``, or ``"bf16"`` or ``"16"`` where that is enough.
    best_epoch
        Epoch whose weights were kept, counted from 1, chosen by validation loss; the last one
        where there is no validation.
    validation_accuracy
        Of these weights; None without validation clips.
    test
        Scores on the test clips, which no choice was based on; by folds: of all folds together,
        each clip scored by the network that was not trained on its fold.
    folds
        One score per fold; empty for a corpus with fixed splits. The weights are of the last.
    cross_validation
        Of the recipe, over all clips of the corpus; None where it was not done.
    remarks
        What was done to the clips or their splits.
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
    validation_accuracy: float | None
    test: TestEvaluation
    precision: str = "32"
    folds: tuple[FoldScore, ...] = ()
    cross_validation: CrossValidation | None = None
    remarks: tuple[str, ...] = ()

    @property
    def limits(self) -> tuple[str, ...]:
        """What the scores do not say, or say against the network."""
        return (
            describe_reach(self.test, self.n_clips[2]),
            *describe_mistakes(self.test),
            f"It hears {self.n_samples / self.sample_rate:g} s at {self.sample_rate} Hz and "
            f"answers with one of {len(self.test.classes)} classes, whatever the sound.",
        )


def to_json(card: Card) -> str:
    """Write a card as JSON text."""
    values = {**asdict(card), "limits": list(card.limits)}
    return json.dumps(values, indent=1) + "\n"


def read_card(path: Path) -> Card:
    """Read a card that `to_json` wrote; what was added since takes its default.

    Raises
    ------
    ModelLoadError
        If the file holds something else.
    """
    try:
        values: dict[str, Any] = json.loads(path.read_text("utf-8"))
        values.pop("limits", None)
        values["n_clips"] = tuple(values["n_clips"])
        values["recipe"] = Recipe.from_dict(values["recipe"], source=str(path))
        values["test"] = _evaluation(values["test"])
        values["folds"] = tuple(FoldScore(**fold) for fold in values.get("folds", ()))
        if found := values.get("cross_validation"):
            values["cross_validation"] = CrossValidation.from_dict(found)
        values["remarks"] = tuple(values.get("remarks", ()))
        return Card(**values)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ModelLoadError(
            f"{path} is not a model card ({type(error).__name__}: {error}); allowed: the "
            "card.json of a training; remove it and train again"
        ) from error


def _evaluation(values: dict[str, Any]) -> TestEvaluation:
    classes = tuple(_class_score(score) for score in values["classes"])
    recalls = [score.recall for score in classes if score.recall is not None]
    spread, part = values.get("groups"), values.get("without_easy")
    fields = {
        "balanced_accuracy": sum(recalls) / len(recalls),
        **dict.fromkeys(("kappa", "roc_auc", "expected_calibration_error")),
        **values,
        "classes": classes,
        "interval": tuple(values["interval"]),
        "confusion": tuple(tuple(row) for row in values["confusion"]),
        "calibration_interval": _pair(values.get("calibration_interval")),
        "groups": GroupSpread(**spread) if spread else None,
        "without_easy": PartScore(**{**part, "interval": tuple(part["interval"])})
        if part
        else None,
    }
    return TestEvaluation(**fields)


def _class_score(values: dict[str, Any]) -> ClassScore:
    pairs = {k: _pair(v) for k, v in values.items() if k.endswith("_interval")}
    return ClassScore(**{**values, **pairs})


def _pair(values: list[float] | None) -> tuple[float, float] | None:
    return None if values is None else (values[0], values[1])


def to_markdown(card: Card) -> str:
    """Write a card as Markdown text."""
    parts = [
        f"# {card.name}",
        _headline(card),
        "## What it is",
        f"{card.n_parameters:,} parameters with {len(card.test.classes)} classes; "
        f"weights SHA-256 `{card.digest}`.\n"
        f"Input: {card.n_samples} audio samples at {card.sample_rate} Hz, frontend "
        f"`{json.dumps(_frontend(card))}`; what it does not name has its default.",
        "## What it was trained on",
        _data(card),
        "## How",
        _table(("choice", "value"), [*_recipe_rows(card), ("precision", card.precision)]),
        *_fold_parts(card),
        *_cross_validation_parts(card.cross_validation),
        "## Scores",
        _table(("score", "value"), score_rows(card.test)),
        *_group_parts(card.test),
        "## Scores by class",
        "In brackets the 95 % intervals.",
        _table(("class", "precision", "recall", "F1", "clips"), class_rows(card.test)),
        "## Confusion matrix",
        "Rows are the true classes, columns the predicted ones, in clips.",
        confusion_markdown(card.test),
        "## Known limits",
        "\n".join(f"- {limit}" for limit in card.limits),
    ]
    return "\n\n".join(parts) + "\n"


def _headline(card: Card) -> str:
    low, high = card.test.interval
    scored = (
        f"**{card.test.accuracy:.4f}** (95 % interval {low:.4f} to {high:.4f}, "
        f"{card.n_clips[2]} clips)"
    )
    without_easy = describe_without_easy(card.test.without_easy)
    if card.folds:
        own = card.folds[-1]
        return (
            f"Test accuracy {scored} of {len(card.folds)} networks together, each tested on the "
            f"fold that it was not trained on; of these weights alone {own.accuracy:.4f} "
            f"({own.n_test} clips of {own.fold}).{without_easy}"
        )
    value = card.validation_accuracy
    validation = "no validation clips" if value is None else f"validation accuracy {value:.4f}"
    return f"Test accuracy {scored}; {validation}.{without_easy}"


def _frontend(card: Card) -> dict[str, object]:
    """What is not a default."""
    return FrontendSpec.from_dict(card.frontend, source=card.name).to_dict()


def _data(card: Card) -> str:
    train, validation, test = card.n_clips
    choice = (
        "by validation loss" if validation else "the last one, because nothing chose among them"
    )
    lines = [
        f"`{card.data}`: {train:,} training, {validation:,} validation, {test:,} test clips "
        f"(SHA-256 over names, labels and splits `{card.data_digest}`).",
        f"The weights of epoch {card.best_epoch} were kept, {choice}; the test clips took no "
        "part in that.",
        *card.remarks,
    ]
    return "\n".join(lines)


def _fold_parts(card: Card) -> tuple[str, ...]:
    if not card.folds:
        return ()
    rows: list[tuple[str, ...]] = [
        (f.fold, str(f.n_train), str(f.n_test), f"{f.accuracy:.4f}", str(f.best_epoch))
        for f in card.folds
    ]
    head = ("held-out fold", "training clips", "test clips", "accuracy", "epoch")
    return ("## Folds", _table(head, rows))


def _group_parts(test: TestEvaluation) -> tuple[str, ...]:
    rows = group_rows(test)
    return ("## Scores by speaker or recording", _table(("what", "value"), rows)) if rows else ()


def _cross_validation_parts(found: CrossValidation | None) -> tuple[str, ...]:
    if found is None:
        return ()
    return ("## Cross-validation by group", found.summary, _table(HEAD, found.rows))


def _recipe_rows(card: Card) -> list[tuple[str, ...]]:
    recipe = card.recipe
    values = recipe.to_dict()
    augmentation = values.pop("augmentation")
    assert isinstance(augmentation, dict)
    del values["layers"]
    choices = {**values, **{f"augmentation.{name}": v for name, v in augmentation.items()}}
    for own in recipe.layers:
        choices[f"learning_rate of {own.layer}"] = own.learning_rate
        choices[f"weight_decay of {own.layer}"] = own.weight_decay
    if recipe.background_class not in {score.class_name for score in card.test.classes}:
        for name in ("background_class", *_OF_NOISE):
            choices[name] = f"{choices[name]} (no such class: no noise was added)"
    return [(name, str(value)) for name, value in choices.items()]


def confusion_markdown(test: TestEvaluation) -> str:
    """The confusion matrix as a Markdown table: true classes down, predicted ones across."""
    names = tuple(score.class_name for score in test.classes)
    rows = zip(names, test.confusion, strict=True)
    return _table(("true", *names), [(name, *map(str, row)) for name, row in rows])


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells).replace('_', chr(92) + '_')} |" for cells in lines)
