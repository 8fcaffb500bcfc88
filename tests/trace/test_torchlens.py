"""Receptive fields agree with those of an independent library.

TorchLens wraps the functions of torch for the rest of its process, so it runs in its own.
"""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

_PROGRAM = """
import json, sys, warnings
sys.path.insert(0, {root!r})
warnings.simplefilter("ignore")
import torch
from torch import nn
from tests.trace.test_runner import M5, model_of
from cnnviz.frontend import FrontendSpec
from cnnviz.trace import trace

def centre(field):
    return field.offset + (field.size - 1) / 2

def ours(model):
    own = model.frontend.grid(8000).receptive_field
    fields = [
        call.time_field for call in trace(model, 8000).calls
        if call.kind.startswith(("Conv", "MaxPool", "AvgPool"))
    ]
    return [  # in cells of the network's input
        [
            (f.size - own.size) / own.jump + 1,
            f.jump / own.jump,
            (centre(f) - centre(own)) / own.jump,
        ]
        for f in fields
    ]

models = {{
    "m5": model_of(M5()),
    "mixed": model_of(nn.Sequential(
        nn.Conv1d(1, 4, 80, 16), nn.MaxPool1d(4), nn.Conv1d(4, 4, 3, dilation=2, padding=2),
        nn.AvgPool1d(4, 4, padding=1), nn.Conv1d(4, 4, 4, padding=1, groups=2),
    )),
    "two axes": model_of(
        nn.Sequential(
            nn.Conv2d(1, 4, (1, 9), (1, 2)), nn.MaxPool2d((1, 3)), nn.Conv2d(4, 4, (1, 5))
        ),
        frontend=FrontendSpec(kind="log_mel", n_fft=64, hop_length=8, n_mels=8),
    ),
}}
found = {{name: ours(model) for name, model in models.items()}}

import torchlens

def theirs(model):
    traced = torchlens.trace(model.network.eval(), model.network_input(torch.zeros(1, 8000)))
    kinds = ("conv", "maxpool", "avgpool")
    views = [
        layer.receptive_field for layer in traced.layers if layer.layer_label.startswith(kinds)
    ]
    return [[float(v.size[-1]), float(v.jump[-1]), float(v.center0[-1])] for v in views]

expected = {{name: theirs(model) for name, model in models.items()}}
print(json.dumps([found, expected]))
"""


@pytest.fixture(scope="module")
def answers() -> tuple[dict[str, list[list[float]]], dict[str, list[list[float]]]]:
    """Size, jump and first centre of each window by network: ours, and those of TorchLens."""
    if find_spec("torchlens") is None:
        pytest.skip("torchlens is not installed (extra: test)")
    program = _PROGRAM.format(root=str(Path(__file__).resolve().parents[2]))
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    ours, theirs = json.loads(done.stdout.splitlines()[-1])
    return ours, theirs


@pytest.mark.parametrize(("name", "n_windows"), [("m5", 8), ("mixed", 5), ("two axes", 3)])
def test_sizes_jumps_and_centres_equal_those_of_torchlens(name, n_windows, answers) -> None:
    ours, theirs = answers

    assert len(theirs[name]) == n_windows
    assert ours[name] == [pytest.approx(row) for row in theirs[name]]
