"""A corpus of folds is trained on once per fold and scored as one."""

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from cnnviz.datasets import read_clips
from cnnviz.errors import ParameterError
from cnnviz.model import read_checkpoint
from tests.zoo import tones
from zoo.card import Card, read_card
from zoo.corpus import Corpus, read_corpus
from zoo.loggers import Tracking
from zoo.recipe import Recipe
from zoo.training import Training, train

NAME = "custom_ch4-5-bn"
RECIPE = Recipe(epochs=2, batch_size=6, learning_rate=1e-2, average_decay=0.5)


def _corpus() -> Corpus:
    whole = tones.corpus(n_train=24)
    nothing = whole.test.take(torch.arange(0))
    folds = tuple(f"fold{(1, 2, 10)[i // 3 % 3]}" for i in range(24))  # 9, 9 and 6 clips
    return replace(whole, validation=nothing, test=nothing, folds=folds)


def _train(folder: Path, tracking: Tracking | None = None, **options: object) -> Card:
    options.setdefault("tell", lambda line: None)
    chosen = Training(name=NAME, recipe=RECIPE, folder=folder, device="cpu", tracking=tracking)
    return train(chosen, _corpus(), **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("folds") / "run"
    kinds = ("tensorboard",) if find_spec("tensorboard") else ()
    _train(folder, Tracking(kinds=kinds, store=folder.parent / "trackers", run_name="run"))
    return folder


def test_folds_are_in_the_order_of_their_numbers() -> None:
    assert _corpus().fold_names == ("fold1", "fold2", "fold10")


def test_holding_out_a_fold_shares_no_clip() -> None:
    part = _corpus().holding_out("fold2")

    own = {clip.tobytes() for clip in part.test.waveforms.numpy()}
    others = {clip.tobytes() for clip in part.train.waveforms.numpy()}
    assert (len(own), len(others)) == (9, 15)
    assert not own & others


def test_card_reports_each_fold_and_the_pooled_test(finished: Path) -> None:
    card = read_card(finished / "card.json")

    assert [(f.fold, f.n_train, f.n_test) for f in card.folds] == [
        ("fold1", 15, 9),
        ("fold2", 15, 9),
        ("fold10", 18, 6),
    ]
    hits = sum(f.accuracy * f.n_test for f in card.folds)
    assert card.test.accuracy == pytest.approx(hits / 24)
    assert sum(map(sum, card.test.confusion)) == 24
    assert card.validation_accuracy is None
    assert "held out fold10" in card.remarks[-1]
    assert "## Folds" in (finished / "card.md").read_text()


def test_trackers_have_a_run_per_fold_and_one_of_all(finished: Path) -> None:
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", exc_type=ImportError
    )
    home = finished.parent / "trackers" / "tensorboard" / "run"

    found = {
        name: accumulator.EventAccumulator(str(home / name)).Reload().Scalars("test_accuracy")
        for name in ("", "fold1", "fold2", "fold10")
    }

    card = read_card(finished / "card.json")
    expected = {"": card.test.accuracy, **{fold.fold: fold.accuracy for fold in card.folds}}
    assert {name: event.value for name, (event,) in found.items()} == pytest.approx(expected)


def test_weights_are_those_that_never_saw_the_last_fold(finished: Path) -> None:
    weights = f"{NAME}.safetensors"

    assert (finished / weights).read_bytes() == (finished / "fold10" / weights).read_bytes()
    assert (
        read_card(finished / "card.json").digest
        == json.loads((finished / "fold10" / "card.json").read_text())["digest"]
    )


def test_untrained_twin_differs_from_the_trained_weights(finished: Path) -> None:
    first, last = (
        read_checkpoint(finished / name)
        for name in (f"{NAME}.init.safetensors", f"{NAME}.safetensors")
    )

    assert first is not None
    assert last is not None
    assert first[1] == last[1]
    assert not torch.equal(first[0]["conv1.weight"], last[0]["conv1.weight"])


def test_stopped_training_goes_on_with_the_fold_it_was_at(finished: Path, tmp_path: Path) -> None:
    lines: list[str] = []

    def stop(line: str) -> None:
        if line.startswith("fold2: epoch 2/"):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        _train(tmp_path / "run", tell=stop)
    _train(tmp_path / "run", resume=True, tell=lines.append)

    assert [line.partition("/")[0] for line in lines] == [
        *("fold2: epoch 2", "fold10: epoch 1", "fold10: epoch 2"),
    ]
    assert (tmp_path / "run" / "card.json").read_text() == (finished / "card.json").read_text()


@pytest.mark.data
def test_folds_of_urbansound_stay_as_they_are_given(data: Path) -> None:
    clips = read_clips(data / "urbansound8k_mini", sample_rate=22_050, n_samples=88_200)

    corpus = read_corpus(clips)

    assert corpus.fold_names == ("fold1", "fold2", "fold10")
    assert len(corpus.train) == 120
    assert len(corpus.fold("fold10")) == clips.splits.count("fold10")


def test_a_single_fold_is_refused(tmp_path: Path) -> None:
    folder = tones.write(tmp_path / "tones")
    clips = read_clips(folder, sample_rate=tones.RATE, n_samples=tones.RATE)

    with pytest.raises(ParameterError, match="has fold3 alone; allowed: two folds or more"):
        read_corpus(replace(clips, splits=("fold3",) * len(clips)))
