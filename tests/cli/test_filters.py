"""``cnnviz filters`` as people type it."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from cnnviz.analyzers.filter_responses import FrequencyResponses
from cnnviz.cli import root
from cnnviz.cli._tables import columns, to_json
from cnnviz.loaders import load_model
from cnnviz.run import Run
from cnnviz.store import read
from tests.dsp.kernels import delta, gabor, moving_average

NEEDED = (
    *("layer", "filter", "peak_hz", "centre_hz", "bandwidth_3db_hz", "erb_hz", "q_3db"),
    *("peak_gain_db", "dc_gain_db", "spectral_flatness", "shape", "dead", "duplicate_of"),
)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare state dict: three planted filters, a dead one, and a second layer."""
    kernels = [gabor(3000, 40), moving_average(25, 513), delta(513), np.zeros(513)]
    path = tmp_path_factory.mktemp("weights") / "planted.pt"
    tensors = {
        "conv1.weight": torch.tensor(np.stack(kernels), dtype=torch.float32)[:, None],
        "conv2.weight": torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(0)),
    }
    torch.save(tensors, path)
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(root, ["filters", *map(str, words)])


@pytest.fixture(scope="module")
def finished(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """The command's answer and the folder it wrote."""
    out = tmp_path_factory.mktemp("runs") / "planted"
    return run(checkpoint, "--sample-rate", 16000, "--out", out), out


def test_the_table_is_sorted_by_centre_frequency(finished: tuple[Result, Path]) -> None:
    result, _ = finished

    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("conv1  Conv1d 1->4, 513 taps (no graph: from weights alone)")
    assert lines[1].split()[:5] == ["#", "centre", "Hz", "-3", "dB"]
    assert [line.split()[0] for line in lines[2:6]] == ["1", "0", "2", "3"]
    assert lines[3].split()[1] == "3,000"
    assert lines[6].startswith("4 filters: 1 low-pass, 1 band-pass, 1 flat, 1 dead")


def test_the_csv_has_the_needed_columns_and_the_numbers(finished: tuple[Result, Path]) -> None:
    _, out = finished

    rows = list(csv.DictReader((out / "filters.csv").read_text("utf-8").splitlines()))

    assert tuple(rows[0])[:9] == NEEDED[:9]
    assert set(NEEDED) <= set(rows[0])
    assert len(rows) == 6
    assert (rows[1]["layer"], rows[1]["filter"], rows[1]["shape"]) == ("conv1", "0", "band-pass")
    assert float(rows[1]["centre_hz"]) == pytest.approx(3000, rel=1e-3)
    assert (rows[3]["dead"], rows[3]["centre_hz"]) == ("True", "")


def test_the_json_holds_what_the_csv_holds_without_nan(finished: tuple[Result, Path]) -> None:
    _, out = finished

    content = json.loads((out / "filters.json").read_text("utf-8"), parse_constant=pytest.fail)

    first, second = content["layers"]
    assert [row["filter"] for row in first["filters"]] == [1, 0, 2, 3]
    assert first["filters"][3]["centre_hz"] is None
    assert "no graph" in second["policy"]
    assert first["findings"][0]["sentence"].startswith("4 filters: 1 low-pass")
    assert first["findings"][0]["evidence"][0] == {"name": "filters", "value": 4.0, "unit": ""}
    assert content["provenance"]["command"]


def test_hdf5_and_html_are_written(finished: tuple[Result, Path]) -> None:
    result, out = finished

    again = read(out / "filters.h5")
    with h5py.File(out / "filters.h5") as file:
        assert len(file) > 0
    assert [bank.layer for bank in again.banks] == ["conv1", "conv2"]
    page = (out / "filters.html").read_text("utf-8")
    assert "conv2" in page
    for finding in (finding for bank in again.banks for finding in bank.findings):
        assert f'id="{again.fragment(finding.fragment)}"' in page
    assert f"wrote {out / 'filters.html'}, filters.csv, filters.json, filters.h5" in " ".join(
        result.stderr.split()
    ).replace("\n", "")


def test_json_can_be_printed(checkpoint: Path, tmp_path: Path) -> None:
    result = run(
        checkpoint, "--sample-rate", 16000, "--out", tmp_path, "--layer", "conv1", "--json"
    )

    assert [layer["layer"] for layer in json.loads(result.stdout)["layers"]] == ["conv1"]


def test_fewer_rows_can_be_printed(checkpoint: Path, tmp_path: Path) -> None:
    result = run(checkpoint, "--sample-rate", 16000, "--out", tmp_path, "--rows", 1)

    assert "... 3 more rows in filters.csv" in result.stdout


def test_a_missing_sample_rate_is_asked_for(checkpoint: Path) -> None:
    result = run(checkpoint)

    assert "add --sample-rate HZ" in str(result.exception)


def test_an_unknown_layer_lists_the_known_ones(checkpoint: Path, tmp_path: Path) -> None:
    result = run(checkpoint, "--sample-rate", 16000, "--layer", "conv9", "--out", tmp_path)

    assert "convolutions: conv1, conv2" in str(result.exception)
    assert not (tmp_path / "filters.csv").exists()


def test_initial_weights_tell_how_far_filters_moved(checkpoint: Path, tmp_path: Path) -> None:
    result = run(
        *(checkpoint, "--sample-rate", 16000, "--out", tmp_path, "--layer", "conv1"),
        *("--init", checkpoint, "--json"),
    )

    (layer,) = json.loads(result.stdout)["layers"]
    assert layer["filters"][0]["drift_cosine"] == pytest.approx(1.0)
    assert layer["untrained"]["ranges"][0]["name"] == "peakier filters"
    assert "drift_cosine" in (tmp_path / "filters.csv").read_text().splitlines()[0]
    assert any(
        "keep the shapes they were drawn with" in each["sentence"] for each in layer["findings"]
    )


def test_an_untrained_network_of_the_zoo_is_said_to_be_one(tmp_path: Path) -> None:
    result = run("zoo:sinc_net@init", "--layer", "bands", "--out", tmp_path)

    assert "The bank is not told apart from its untrained twins" in " ".join(result.stdout.split())


def test_help_shows_examples() -> None:
    result = run("--help")

    assert "cnnviz filters model.pt --sample-rate 16000" in result.output


def test_columns_without_values_are_left_out(checkpoint: Path) -> None:
    model = load_model(str(checkpoint), sample_rate=16000)
    responses = FrequencyResponses(null_draws=100).run(Run(model=model))

    first, second = (tuple(c.title for c in columns(bank)) for bank in responses.banks)

    assert first[:5] == ("#", "centre Hz", "-3 dB Hz", "ERB Hz", "Q")
    assert "rate Hz" not in first
    assert "rate cyc/frame" in second
    assert "ERB Hz" not in second
    assert to_json(responses).endswith("}\n")


def test_levels_that_round_to_zero_have_no_sign_and_a_long_shape_is_short(
    checkpoint: Path,
) -> None:
    model = load_model(str(checkpoint), sample_rate=16000)
    bank = FrequencyResponses(null_draws=100).run(Run(model=model)).banks[0]
    n = len(bank.order)
    gains = np.resize([-0.04, 0.02, -0.06, 12.34], n)
    shapes = ("not peakier than untrained", *("band-pass",) * (n - 1))
    changed = replace(bank.table, peak_gain_db=gains, shape=shapes)

    shown = {
        column.title: column.cells
        for column in columns(replace(bank, order=np.arange(n), table=changed))
    }

    assert shown["peak dB"][:4] == ("0.0", "0.0", "-0.1", "+12.3")
    assert shown["shape"][:2] == ("not peakier", "band-pass")


@pytest.mark.parametrize(
    ("hertz", "title"),
    [(1000.0, "scale cyc/oct at 1,000 Hz"), (None, "scale cyc/oct")],
    ids=["at one frequency", "all over the axis"],
)
def test_cycles_per_octave_say_where_they_hold(
    checkpoint: Path, hertz: float | None, title: str
) -> None:
    model = load_model(str(checkpoint), sample_rate=16000)
    bank = FrequencyResponses(null_draws=100).run(Run(model=model)).banks[1]
    over_hertz = replace(bank.modulation, scale_unit="cycles/octave", reference_hz=hertz)
    scales = np.linspace(1, 2, len(bank.order))

    shown = columns(
        replace(
            bank,
            modulation=over_hertz,
            table=replace(bank.table, scale_cycles_per_octave=scales),
        )
    )

    assert title in [column.title for column in shown]
