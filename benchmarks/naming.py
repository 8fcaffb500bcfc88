"""How many units of single untrained networks get a name, and of the trained one.

Prints a Markdown page; with a path, writes it there:

    python benchmarks/naming.py [docs/benchmarks/naming.md] [--twins 40] [--model zoo:NAME ...]

Of all untrained twins as many as the analyzer takes give the limit, and the others, which it has
not seen, are named by it as the network is; again for many draws of the first.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnnviz.analyzers._naming import Candidates, calibrate, find_candidates, name_units
from cnnviz.analyzers.unit_names import UnitNaming, twins_needed
from cnnviz.hooks import borrowed
from cnnviz.loaders import load_model
from cnnviz.model import AudioModel
from cnnviz.probing import UnitLayer, unit_layers
from cnnviz.probing.vocabulary import Word, vocabulary
from cnnviz.probing.word_responses import hear_words, sound_length, steady_seconds
from cnnviz.untrained import untrained_twins

MODELS = (
    "zoo:filterbank_k128_ch64-5-do0.25-bn",
    "zoo:custom_ch32-8-do0.25-bn",
    "zoo:sinc_net",
    "zoo:m5_ch32",
)
N_DRAWS, ALLOWED = 100, 0.05
Heard = Mapping[str, Candidates]


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """Shares of named units of held-out untrained networks, and of the trained one, per draw."""

    untrained: np.ndarray  # (draw, network)
    trained: np.ndarray  # (draw,)


def hear(
    model: AudioModel, layers: Sequence[UnitLayer], words: Sequence[Word], n_samples: int
) -> Heard:
    """What the units of each layer tell apart."""
    heard = hear_words(model, layers, words, n_samples=n_samples, seed=0)
    return {name: find_candidates(one, words) for name, one in heard.items()}


def measure(model: AudioModel, n_networks: int) -> dict[str, Named]:
    """Name the units of a network and of twins that the limit has not seen, by layer."""
    layers = unit_layers(model)
    n_samples = sound_length(model, layers)
    words = vocabulary(model.sample_rate, steady_seconds(n_samples, model.sample_rate))
    families = np.unique([word.family for word in words], return_inverse=True)[1]
    with borrowed(model.network):
        own = hear(model, layers, words, n_samples)
        networks = untrained_twins(model, n_twins=n_networks, seed=0)
        twins = [hear(twin, layers, words, n_samples) for twin in networks]
    n_twins = twins_needed(layers, UnitNaming().n_twins)
    return {
        layer.name: name_held_out(
            own[layer.name], [twin[layer.name] for twin in twins], families, n_twins
        )
        for layer in layers
    }


def name_held_out(
    own: Candidates, twins: Sequence[Candidates], families: np.ndarray, n_twins: int
) -> Named:
    """Limits of drawn twins, held against the others and the network."""
    generator, untrained, trained = np.random.default_rng(0), [], []
    for _ in range(N_DRAWS):
        order = generator.permutation(len(twins))
        limit = calibrate([twins[k] for k in order[:n_twins]], families)
        shares = [(name_units(twins[k], limit).best >= 0).mean() for k in order[n_twins:]]
        untrained.append(shares)
        trained.append((name_units(own, limit).best >= 0).sum())
    return Named(untrained=np.array(untrained), trained=np.array(trained))


def rows_of(reference: str, n_networks: int) -> list[str]:
    """One row of the table per layer."""
    model = load_model(reference)
    n_units = {layer.name: layer.n_units for layer in unit_layers(model)}
    rows = []
    for layer, found in measure(model, n_networks).items():
        low, middle, high = np.quantile(found.trained, (0.1, 0.5, 0.9))
        above = (found.untrained > ALLOWED).mean()
        rows.append(
            f"| `{reference.removeprefix('zoo:')}` | {layer} | {n_units[layer]} "
            f"| {100 * above:.1f} % | {100 * found.untrained.mean():.1f} % "
            f"| {middle:.0f} ({low:.0f}-{high:.0f}) |"
        )
    return rows


def page_of(models: Sequence[str], n_networks: int) -> str:
    """The table and what it says."""
    n_fitted = UnitNaming().n_twins
    error = 100 * np.sqrt(ALLOWED * (1 - ALLOWED) / n_networks)
    rows = [row for reference in models for row in rows_of(reference, n_networks)]
    return "\n".join(
        [
            "# Names of units of untrained networks\n",
            f"{n_networks} untrained twins of each network: {n_fitted} give the limit, the "
            f"{n_networks - n_fitted} others are named by it one by one, {N_DRAWS} draws.",
            f"*Above {100 * ALLOWED:.0f} %*: share of single untrained networks of which more "
            "than that share of a layer's units is named; the standard error of "
            f"{100 * ALLOWED:.0f} % of {n_networks} networks is {error:.1f} points.",
            "*Trained*: named units of the trained network, median over draws and the middle "
            "80 %.\n",
            "| network | layer | units | above 5 % | named in the mean | trained |",
            "|---|---|--:|--:|--:|--:|",
            *rows,
            "",
        ]
    )


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--twins", type=int, default=40)
    parser.add_argument("--model", action="append", default=None)
    options = parser.parse_args()
    page = page_of(options.model or MODELS, options.twins)
    print(page)
    if options.out is not None:
        options.out.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
