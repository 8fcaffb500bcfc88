"""Augmentation: what each kind of variation gives on speakers that were not trained on.

Usage: python benchmarks/augmentation.py kws12/ docs/benchmarks/augmentation.md [--network NAME]

The recipe of a network is cross-validated by speaker as it is, without any variation, and with one
kind of variation left out at a time; a network on spectrograms also without the masks of its recipe
(SpecAugment), or with masks where its recipe has none. The folds are the same for all, so the
differences are taken fold by fold. The page keeps the sections of other networks. Every training
is resumable: stopped, the same command goes on.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from math import sqrt
from pathlib import Path
from statistics import mean, stdev

from cnnviz.datasets import read_clips
from zoo.catalogue import family_of
from zoo.corpus import read_corpus
from zoo.fold_scores import CrossValidation
from zoo.grouped_folds import by_group
from zoo.recipe import NO_AUGMENTATION, Augmentation, Recipe
from zoo.training import Training, check, input_contract
from zoo.training.cross_validation import score_folds

WHOLE = "the recipe"
_HEAD = """# Augmentation

What each kind of variation gives on speakers that were not trained on: networks cross-validated by
speaker with their whole recipe, without any variation, and with one kind left out at a time.
Intervals resample whole speakers; differences are means over the folds with their standard error.
"""
MASKS = {"frequency_masks": 2, "frequency_mask_bands": 8, "time_masks": 2, "time_mask_frames": 20}


def variants(whole: Augmentation, *, on_spectrograms: bool) -> dict[str, Augmentation]:
    """What is compared, by the words of the table."""
    found = {
        WHOLE: whole,
        "no variation at all": NO_AUGMENTATION,
        "without background noise": replace(whole, noise_probability=0.0),
        "without gain and polarity": replace(whole, gain_db=0.0, turn_probability=0.0),
        "without shift": replace(whole, shift_seconds=0.0),
        "without speed and pitch": replace(whole, speed=0.0),
        "without spectral tilt": replace(whole, tilt=0.0),
    }
    if whole.frequency_masks or whole.time_masks:
        return {**found, "without masks": replace(whole, frequency_masks=0, time_masks=0)}
    return {**found, "with masks": replace(whole, **MASKS)} if on_spectrograms else found


def table(found: dict[str, CrossValidation]) -> list[str]:
    """Accuracy of each variant, and the mean difference to the recipe with its standard error."""
    whole = [fold.accuracy for fold in found[WHOLE].folds]
    lines = ["| augmentation | accuracy (95 %) | against the recipe |", "| --- | ---: | ---: |"]
    for name, result in found.items():
        (low, high), pairs = result.interval, zip(result.folds, whole, strict=True)
        points = [100 * (fold.accuracy - other) for fold, other in pairs]
        error = stdev(points) / sqrt(len(points))
        difference = "" if name == WHOLE else f"{mean(points):+.1f} ± {error:.1f} points"
        lines.append(f"| {name} | {result.accuracy:.3f} ({low:.3f} to {high:.3f}) | {difference} |")
    return lines


def section(network: str, found: dict[str, CrossValidation], recipe: Recipe) -> str:
    """What was measured on one network."""
    n_clips = sum(fold.n_test for fold in found[WHOLE].folds)
    whole = family_of(network).recipe(network).epochs
    cut = "" if recipe.epochs == whole else f" (its recipe has {whole})"
    head = [
        f"## {network}",
        "",
        f"{n_clips:,} clips, {recipe.epochs} epochs{cut}, {len(found[WHOLE].folds)} folds.",
        "",
    ]
    return "\n".join([*head, *table(found)]) + "\n"


def with_section(page: str, own: str) -> str:
    """The page with the section of a network in it, in place of an earlier one."""
    title, _, _ = own.partition("\n")
    others = (f"## {part.rstrip()}\n" for part in page.split("\n## ")[1:])
    return "\n".join([_HEAD, *(one for one in others if one.partition("\n")[0] != title), own])


def measured(
    network: str, recipe: Recipe, data: Path, runs: Path, *, n_folds: int, names: Sequence[str]
) -> dict[str, CrossValidation]:
    """Cross-validate each variant in a folder of its own."""
    contract = input_contract(network)
    clips = read_clips(data, sample_rate=contract.sample_rate, n_samples=contract.n_samples)
    corpus = by_group(read_corpus(clips), n_folds)
    on_spectrograms = contract.frontend is not None and contract.frontend.kind != "waveform"
    found = {}
    for name, chosen in variants(recipe.augmentation, on_spectrograms=on_spectrograms).items():
        if names and name not in (WHOLE, *names):
            continue
        asked = replace(recipe, augmentation=chosen)
        training = Training(name=network, recipe=asked, folder=runs / name.replace(" ", "_"))
        found[name] = score_folds(check(training, resume=True), corpus, print)
    return found


def main() -> None:
    """Measure and tell."""
    import zoo

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--network", default=zoo.REFERENCE)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--epochs", type=int, help="In place of the recipe's.")
    parser.add_argument("--runs", type=Path, default=Path("runs/augmentation"))
    parser.add_argument("--only", nargs="*", default=[], help="Variants by the words of the table.")
    options = parser.parse_args()
    recipe = family_of(options.network).recipe(options.network)
    recipe = replace(recipe, epochs=options.epochs or recipe.epochs)
    found = measured(
        options.network,
        recipe,
        options.data,
        options.runs,
        n_folds=options.folds,
        names=options.only,
    )
    page = options.out.read_text("utf-8") if options.out.is_file() else ""
    own = section(options.network, found, recipe)
    print(own)
    options.out.write_text(with_section(page, own), "utf-8")


if __name__ == "__main__":
    main()
