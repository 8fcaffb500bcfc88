"""``cnnviz layers`` lists what a model is made of."""

import json

import pytest
import torch
from torch import nn

from cnnviz.cli import root
from cnnviz.errors import ParameterError
from tests.cli.commands import exit_code


@pytest.fixture
def state(tmp_path):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv1d(1, 4, 5, stride=2), nn.ReLU(), nn.Conv1d(4, 3, 7))
    torch.save(network.state_dict(), tmp_path / "net.pt")
    (tmp_path / "net.py").write_text(
        "from torch import nn\ndef build(): return nn.Sequential("
        "nn.Conv1d(1, 4, 5, stride=2), nn.ReLU(), nn.Conv1d(4, 3, 7))"
    )
    return tmp_path


@pytest.fixture
def layers(state, monkeypatch, capsys):
    """Run the command where the files are: its exit code, and what it wrote."""
    monkeypatch.chdir(state)

    def run(*words):
        code = exit_code("layers", *words)
        return code, *capsys.readouterr()

    return run


def test_every_layer_has_its_field_in_samples_and_ms(layers):
    code, told, errors = layers("net.py:build", "--weights", "net.pt", "--sample-rate", "16000")

    assert code == 0, errors
    rows = [line.split() for line in told.splitlines()]
    # second layer: 5 + 6 * 2 = 17 samples, 17 / 16 = 1.1 ms, hop 2 / 16 = 0.12 ms
    assert rows[1][:2] == ["0", "Conv1d"]
    assert rows[3][:2] == ["2", "Conv1d"]
    assert rows[3][-4:] == ["87", "17", "1.1", "0.12"]


def test_a_bare_state_dict_shows_its_tensors(layers):
    code, told, errors = layers("net.pt", "--sample-rate", "16000")

    assert code == 0, errors
    first = next(line for line in told.splitlines() if line.startswith("0.weight"))
    assert first.split() == ["0.weight", "4", "x", "1", "x", "5", "float32", "20", "convolution"]
    assert "4 tensors" in errors


def test_json_holds_the_layers_with_their_fields(layers):
    _, told, _ = layers("net.py:build", "--weights", "net.pt", "--sample-rate", "16000", "--json")

    found = json.loads(told)
    last = found["layers"][-1]
    assert (found["sample_rate"], found["parameters"]) == (16_000, 4 * 5 + 4 + 4 * 3 * 7 + 3)
    assert (last["layer"], last["kind"], last["parameters"]) == ("2", "Conv1d", 87)
    assert last["time_field"] == {"offset": 0.0, "jump": 2.0, "size": 17.0, "status": "exact"}


def test_json_of_a_bare_state_dict_holds_its_tensors(layers):
    _, told, _ = layers("net.pt", "--sample-rate", "16000", "--json")

    first = json.loads(told)["tensors"][0]
    assert first == {"tensor": "0.weight", "shape": [4, 1, 5], "type": "float32"}


def test_an_error_is_one_line(layers):
    code, _, errors = layers("net.pt")

    assert code == 1
    assert errors == (
        "cnnviz: net.pt holds tensors without a sample rate; add --sample-rate HZ "
        "(common: 16000, 22050, 44100)\n"
    )


@pytest.mark.parametrize(
    ("option", "content", "said"),
    [
        ("--frontend", b"\xff{}", "options is no UTF-8 text"),
        ("--frontend", b"[1]", r"--frontend holds \[1\]; allowed: a JSON object"),
        ("--frontend", b"[" * 100_000, "--frontend is not JSON .* nested too deeply"),
        ("--classes", b"a\nb\xff", "options is no UTF-8 text"),
    ],
    ids=["frontend bytes", "frontend list", "frontend brackets", "classes bytes"],
)
def test_an_option_that_names_no_honest_file_is_told(state, option, content, said):
    (state / "options").write_bytes(content)
    words = [str(state / "net.py:build"), "--sample-rate", "16000"]

    with pytest.raises(ParameterError, match=said):
        root.main(
            ["layers", *words, option, str(state / "options")],
            standalone_mode=False,
        )
