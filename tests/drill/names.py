"""Names that file systems, torch and people allow, through a whole report."""

import json
import random
from collections import OrderedDict
from pathlib import Path

from torch import nn

from tests.drill import specimens
from tests.drill.judging import Outcome, judge
from tests.drill.kinds import Kind

_NAMES = (
    *("conv 1", "block/conv2", "a:b", "..", "-rf", "--out", "=1+1", "@SUM(A1)", "con", "NUL"),
    *("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'; drop table", "{{7*7}}"),
    *(
        "naïve",
        "日本語",
        "\u202etxt",
        "e\u0301",
        "🎵",
        "a\tb",
        "a\nb",
        "%2e%2e",
        "%00",
        "\\",
        "$(id)",
    ),
    *("x" * 200, "_hidden", ".dot", "trailing.", "trailing ", " leading", "CON.h5", "__class__"),
    *("capture", "results", "logits", "output", "weights", "nan", "None", "true", "0", "-0.0"),
)
_LETTERS = "aZ09 ._-+=@#%&'\"<>{}[]()$!~^`,;:|\\*?äßÆ漢字🎵\u200f\u2028\x7f\x01"


def build() -> nn.Sequential:
    """Two convolutions, named by a file of the folder it is called in."""
    first, second = json.loads(Path("names.json").read_text())
    layers = {first: nn.Conv1d(1, 4, 9, stride=2), "act": nn.ReLU(), second: nn.Conv1d(4, 3, 5)}
    ends = {"pool": nn.AdaptiveAvgPool1d(1), "flat": nn.Flatten()}
    return nn.Sequential(OrderedDict(layers | ends))


def _name(draw: random.Random) -> str:
    if draw.random() < 0.6:
        return draw.choice(_NAMES)
    return "".join(draw.choices(_LETTERS, k=draw.randrange(1, 40)))


def _file_name(draw: random.Random) -> str:
    name = _name(draw).replace("/", "_").encode()[:180].decode(errors="ignore")
    return f"{name}~" if name in ("", ".", "..") else name


def named_report(seed: int, folder: Path) -> Outcome:
    """A report whose layers, classes, clips and run have such names."""
    specimens.run()  # imports what a report needs
    draw = random.Random(seed)
    layers = [_name(draw).replace(".", "·") for _ in range(2)]
    if layers[0] == layers[1] or set(layers) & {"act", "pool", "flat"}:
        layers[1] += "2"
    (folder / "names.json").write_text(json.dumps(layers))
    classes = list({_file_name(draw): None for _ in range(6)})[:3]
    for index in range(9):
        path = folder / "clips" / classes[index % len(classes)] / f"{index}{_file_name(draw)}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(specimens.sound("wav", 300.0 * (1 + index % 3)))
    out = f"out/{_file_name(draw)}"
    words = ["report", "tests.drill.names:build", "clips", "--out", out, "--sample-rate", "8000"]
    return judge(f"names {seed}", [*words, "--n-samples", "800", "--explain", "1"], folder)


KINDS = (Kind(name="whole reports", group="names", case=named_report, n_short=2, n_whole=100),)
