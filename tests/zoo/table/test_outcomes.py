"""Cards become outcomes: one per network and corpus, seeds averaged."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from cards import card, write

import zoo
from cnnviz.errors import ModelLoadError, ParameterError
from zoo.recipe import Recipe
from zoo.sweep.results import write_results
from zoo.sweep.trial import Trial, to_json
from zoo.table.outcomes import outcomes, read_cards, shipped_digests
from zoo.weights import CHECKPOINTS


def test_one_run_keeps_its_bootstrap_interval() -> None:
    only = card("custom_ch32-8", 0.8)

    (found,) = outcomes([only])

    assert (found.accuracy, (found.low, found.high)) == (0.8, only.test.interval)
    assert (found.setting.corpus.label, found.setting.corpus.n_test_clips) == (
        "tones, 3 classes",
        200,
    )


def test_seeds_are_averaged_and_give_their_range() -> None:
    runs = [card("m5", a, seed=s) for s, a in enumerate((0.80, 0.90, 0.85))]

    (found,) = outcomes(runs)

    assert found.accuracy == pytest.approx(0.85)
    assert (found.low, found.high, found.seeds) == (0.80, 0.90, (0, 1, 2))


def test_a_seed_counts_once() -> None:
    runs = [card("m5", 0.8, digest="a"), card("m5", 0.9, digest="b")]

    (found,) = outcomes(runs)

    assert found.seeds == (0,)
    assert (found.low, found.high) != (0.8, 0.9)  # the interval of one run


def test_precisions_are_never_mixed() -> None:
    runs = [card("m5", 0.8), card("m5", 0.9, seed=1, precision="bf16")]

    (found,) = outcomes(runs)

    assert (found.accuracy, found.seeds) == (0.9, (1,))


def test_corpora_are_never_mixed() -> None:
    runs = [card("m5", 0.9), card("m5", 0.5, data="other")]

    found = outcomes(runs)

    assert [(o.setting.corpus.name, o.accuracy) for o in found] == [("other", 0.5), ("tones", 0.9)]


def test_other_classes_or_test_clips_are_another_corpus() -> None:
    first, fewer = card("m5", 0.9), card("m5", 0.6, n_clips=(600, 100, 100))
    names = tuple(replace(score, class_name=f"x{score.class_name}") for score in first.test.classes)
    renamed = card("m5", 0.7, test=replace(first.test, classes=names))

    assert len(outcomes([first, fewer, renamed])) == 3


def test_recipe_is_chosen_by_validation_and_not_by_test() -> None:
    short, long = Recipe(epochs=5), Recipe(epochs=50)
    runs = [
        card("m5", 0.70, recipe=short, validation_accuracy=0.9),
        card("m5", 0.95, recipe=long, validation_accuracy=0.8),
    ]

    (found,) = outcomes(runs)

    assert found.accuracy == 0.70


def test_learning_rates_are_kept_apart() -> None:
    slow, fast = Recipe(learning_rate=1e-4), Recipe(learning_rate=1e-2)
    runs = [card("m5", 0.70, recipe=fast), card("m5", 0.95, recipe=slow)]

    found = outcomes(runs)

    assert [(o.setting.learning_rate, o.accuracy) for o in found] == [(1e-4, 0.95), (1e-2, 0.70)]


def test_own_runs_do_not_hide_what_is_shipped() -> None:
    shipped, own = card("m5", 0.9), card("m5", 0.8, digest="own", validation_accuracy=1.0)

    found = outcomes([own, shipped], frozenset({shipped.digest}))

    assert [(o.setting.label, o.accuracy) for o in found] == [
        ("tones, 3 classes; shipped; rate 0.003", 0.9),
        ("tones, 3 classes; own run; rate 0.003", 0.8),
    ]


def test_a_run_folder_with_the_shipped_weights_is_shipped(tmp_path: Path) -> None:
    path = CHECKPOINTS / f"{zoo.REFERENCE}.json"
    (tmp_path / "a").mkdir()
    shutil.copy(path, tmp_path / "a" / "card.json")

    found = outcomes(read_cards(tmp_path), shipped_digests())

    assert all(o.setting.is_shipped for o in found)


def test_shipped_checkpoints_are_read_without_any_run(tmp_path: Path) -> None:
    names = {found.name for found in read_cards(tmp_path)}

    assert zoo.REFERENCE in names


def test_cards_of_runs_and_of_sweeps_below_are_found(tmp_path: Path) -> None:
    write(tmp_path / "a", card("m5", 0.9))
    write(tmp_path / "sweeps" / "s" / "trials" / "0" / "", card("vgg_net1", 0.8))

    names = {found.name for found in read_cards(tmp_path)}

    assert {"m5", "vgg_net1"} <= names


def test_one_training_counts_once_wherever_its_card_lies(tmp_path: Path) -> None:
    path = write(tmp_path / "a", card("m5", 0.9))
    (tmp_path / "b").mkdir()
    shutil.copy(path, tmp_path / "b" / "card.json")

    assert [found.name for found in read_cards(tmp_path)].count("m5") == 1


def test_broken_card_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a", card("m5", 0.9))
    path.write_text("{}")

    with pytest.raises(ModelLoadError, match=r"a/card.json is not a model card"):
        read_cards(tmp_path)


def test_done_trials_of_a_sweep_elsewhere_are_found(tmp_path: Path) -> None:
    names = ("m5", "gabor_net")
    trials = [Trial(name=n, recipe=Recipe(), data_digest="0" * 64, n_parameters=9) for n in names]
    folders = [tmp_path / "trials" / trial.trial_id for trial in trials]
    write(folders[0], card("m5", 0.9))
    folders[1].mkdir()
    for folder, trial in zip(folders, trials, strict=True):
        (folder / "trial.json").write_text(to_json(trial))

    names_read = {found.name for found in read_cards(None, [tmp_path])}

    assert "m5" in names_read
    assert "gabor_net" not in names_read


def test_folder_that_is_no_sweep_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"holds no trials; allowed: the folder that cnnviz"):
        read_cards(None, [tmp_path])


def test_a_table_without_its_run_folders_is_refused(tmp_path: Path) -> None:
    trial = Trial(name="m5", recipe=Recipe(), data_digest="0" * 64, n_parameters=9)
    whole, alone = tmp_path / "whole", tmp_path / "alone"
    path = write(whole / "trials" / trial.trial_id, card("m5", 0.9))
    path.with_name("trial.json").write_text(to_json(trial))
    write_results(whole)
    alone.mkdir()
    shutil.copy(whole / "results.sqlite", alone)

    with pytest.raises(ModelLoadError, match=r"card\.json is not a model card \(FileNotFound"):
        read_cards(None, [alone])
