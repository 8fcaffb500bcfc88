"""Methods of attribution on networks whose evidence is known, trained ones included.

Prints a Markdown table; with a path, writes it there:

    python benchmarks/planted.py [docs/benchmarks/planted.md]

Shares do not depend on the machine but for the last digits of the networks that are trained here.
"""

import sys
from pathlib import Path

import numpy as np

from cnnviz.attribution.planted.benchmark import USEFUL, Localisation, localise
from cnnviz.attribution.planted.networks import KINDS, planted_model
from cnnviz.model import AudioModel
from cnnviz.workflow import build_analyzer

N_CLIPS = 8
METHODS = ("integrated_gradients", "deeplift", "lrp", "input_x_gradient", "saliency")
HEADER = (
    "| network | method | score | \\|R\\| in box | R+ in box | R+ in hum | hits | sum error "
    "| path error | better than energy |\n|---|---|---|---|---|---|---|---|---|---|"
)


def number(value: float) -> str:
    """A share or an error; nothing where there is none."""
    return "" if np.isnan(value) else f"{value:.3f}"


def line(row: Localisation, score: str, verdict: str) -> str:
    """A row in Markdown."""
    measured = (row.share, row.positive_share, row.shortcut_share, row.pointing)
    cells = [*map(number, measured), number(row.completeness_error), number(row.path_error)]
    return f"| {row.network} | {row.method} | {score} | {' | '.join(cells)} | {verdict} |"


def lines(model: AudioModel) -> list[str]:
    """The rows of one network: the controls, then each method for the logit and the contrast."""
    rows = [line(row, "", "") for row in localise(model, {}, n_clips=N_CLIPS)]
    for method in METHODS:
        for score in ("logit", "contrast"):
            analyzer = build_analyzer(method, score=score)
            row = localise(model, {method: analyzer}, n_clips=N_CLIPS)[-1]
            verdict = "refused" if row.refusal else "yes" if row.is_useful else "no"
            rows.append(line(row, score, verdict))
    return rows


def page() -> str:
    """The whole page."""
    text = [
        "# Planted evidence",
        "",
        f"Means over {N_CLIPS} clips of a quiet burst among four that are 10 dB louder and of no "
        "class; of `shortcut`, all with the hum that gave their class away in training.",
        f"Better than energy: R+ in the box of the burst, and in the hum, leads that of the clip's "
        f"energy by {USEFUL:g} or more.",
        "Path error: the largest relative L2 distance of four maps from those of a dense "
        "quadrature of their paths.",
        "Refused: the method has no rule for an operation of that network.",
        "",
        HEADER,
    ]
    for kind in KINDS:
        text += lines(planted_model(kind))
        print(kind, file=sys.stderr, flush=True)
    return "\n".join(text) + "\n"


if __name__ == "__main__":
    found = page()
    print(found)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(found, "utf-8")
