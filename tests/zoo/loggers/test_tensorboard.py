"""TensorBoard reads what was logged."""

from pathlib import Path

import pytest

from tests.zoo.loggers import logged
from zoo.card import read_card


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return logged.run(tmp_path_factory.mktemp("tensorboard") / "run", "tensorboard")


@pytest.fixture(scope="module")
def events(folder: Path):
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", exc_type=ImportError
    )
    kept = folder.parent / logged.STORE / "tensorboard" / "run"
    return accumulator.EventAccumulator(str(kept)).Reload()


def test_event_files_hold_the_metrics(events) -> None:
    assert {"train_loss", "validation_accuracy"} <= set(events.Tags()["scalars"])
    assert len(events.Scalars("train_loss")) == 2


def test_event_files_hold_scores_card_and_confusion_matrix(events, folder: Path) -> None:
    card = read_card(folder / "card.json")

    (score,) = events.Scalars("test_accuracy")
    (text,) = events.Tensors("card/text_summary")
    (matrix,) = events.Tensors("confusion matrix/text_summary")

    assert score.value == pytest.approx(card.test.accuracy)
    assert text.tensor_proto.string_val[0].decode() == (folder / "card.md").read_text()
    rows = matrix.tensor_proto.string_val[0].decode().splitlines()[2:]
    counts = [tuple(map(int, row.strip("|").split("|")[1:])) for row in rows]
    assert counts == list(card.test.confusion)


def test_parameters_stand_beside_the_scores(events) -> None:
    plugin = pytest.importorskip("tensorboard.plugins.hparams.plugin_data_pb2")

    content = events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content

    parameters = plugin.HParamsPluginData.FromString(content).session_start_info.hparams
    assert parameters["network"].string_value == logged.NAME
    assert parameters["learning_rate"].number_value == logged.RECIPE.learning_rate


def test_the_epoch_that_was_interrupted_is_seen_once(tmp_path: Path) -> None:
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", exc_type=ImportError
    )
    with pytest.raises(RuntimeError, match="power cut"):
        logged.run(tmp_path / "run", "tensorboard", tell=logged.fail_in_epoch(2))
    kept = str(tmp_path / logged.STORE / "tensorboard" / "run")
    before = accumulator.EventAccumulator(kept).Reload().Scalars("validation_loss")

    logged.run(tmp_path / "run", "tensorboard", resume=True)

    steps = [e.step for e in accumulator.EventAccumulator(kept).Reload().Scalars("validation_loss")]
    assert len(before) == 2
    assert steps == sorted(set(steps))
    assert len(steps) == 2
