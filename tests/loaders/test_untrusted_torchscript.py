"""A TorchScript program that nobody trusts is not run; its weights are read as data."""

import zipfile
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from cnnviz.cli import root
from cnnviz.errors import ModelLoadError, UnsupportedModelError
from cnnviz.loaders import load_model
from tests.loaders.archives import damage, entries_of, save_script, with_statement, write_entries
from tests.loaders.networks import plain, traced

STATEMENTS = {
    "torch.save": 'torch.save(input, "{canary}")',
    "torch . save": 'torch . save(input, "{canary}")',
    "tabs": 'torch\t.\tsave\t(input, "{canary}")',
    "backslash": 'torch.\\\n      save(input, "{canary}")',
    "ops.aten.save": 'ops.aten.save(input, "{canary}")',
    "ops.aten . save": 'ops.aten . save(input, "{canary}")',
    "ops backslash": 'ops.aten.\\\n      save(input, "{canary}")',
    "from_file": 'input = torch.add(input, torch.from_file("{canary}", True, 1))',
    "ops from_file": 'input = torch.add(input, ops.aten . from_file("{canary}", True, 1))',
    "__setstate__": 'ops.aten.save(state, "{canary}")',
}


@pytest.fixture(params=STATEMENTS)
def hostile(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, Path]:
    """A program that writes a file, and the file."""
    path, canary = tmp_path / "net.pt", tmp_path / "canary"
    save_script(path)
    statement = STATEMENTS[request.param].format(canary=canary)
    with_statement(path, statement, on_load=request.param == "__setstate__")
    return path, canary


def run(*words: object) -> Result:
    return CliRunner().invoke(root, [*map(str, words), "--sample-rate", "8000"])


def test_it_acts_where_it_is_trusted(hostile: tuple[Path, Path]) -> None:
    path, canary = hostile

    load_model(path, sample_rate=8000, trust_code=True)

    assert canary.is_file()


def test_loading_runs_nothing_and_gives_the_weights(hostile: tuple[Path, Path]) -> None:
    path, canary = hostile

    model = load_model(path, sample_rate=8000)

    expected = plain().state_dict()
    assert not canary.exists()
    assert model.tensors.keys() == expected.keys()
    assert all(torch.equal(model.tensors[name], expected[name]) for name in expected)


def test_filters_runs_nothing_and_says_so(hostile: tuple[Path, Path]) -> None:
    path, canary = hostile

    result = run("filters", path, "--out", path.parent / "out")

    assert result.exit_code == 0, result.output
    assert not canary.exists()
    assert "it was not run, only its weights were read" in result.stderr
    assert "Conv1d 1->4, 5 taps" in result.stdout


def test_as_weights_of_a_factory_it_runs_nothing(hostile: tuple[Path, Path]) -> None:
    path, canary = hostile
    source = path.parent / "net.py"
    source.write_text("from tests.loaders.networks import plain as build\n")

    load_model(f"{source}:build", weights=path, sample_rate=8000)

    assert not canary.exists()


@pytest.mark.parametrize("command", ["capture", "report", "evaluate"])
def test_commands_that_need_the_network_refuse_in_one_line(tmp_path: Path, command: str) -> None:
    path, clips = tmp_path / "net.pt", tmp_path / "clips"
    save_script(path)
    clips.mkdir()

    result = run(command, path, clips, "--out", tmp_path / "out")

    assert isinstance(result.exception, UnsupportedModelError)
    assert "was not run, only its weights were read. Export the" in str(result.exception)
    assert "if you trust it, add --trust-code" in str(result.exception)
    assert "\n" not in str(result.exception)


def test_a_forward_pass_says_what_to_do(tmp_path: Path) -> None:
    save_script(tmp_path / "net.pt")
    model = load_model(tmp_path / "net.pt", sample_rate=8000)

    message = r"is a TorchScript program, .* give its factory .* add --trust-code"
    with pytest.raises(UnsupportedModelError, match=message):
        model.scores(torch.zeros(1, 160))


def test_an_archive_without_weights_is_named(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    traced(torch.nn.ReLU(), torch.zeros(1, 160)).save(path)

    with pytest.raises(
        ModelLoadError, match=r"has no tensors outside its TorchScript program \(frozen"
    ):
        load_model(path, sample_rate=8000)


@pytest.mark.parametrize("trusted", [False, True], ids=["read as data", "trusted"])
@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_archive_loads_or_is_refused_in_one_line(
    tmp_path: Path, seed: int, trusted: bool
) -> None:
    path = tmp_path / "net.pt"
    save_script(path)
    damage(path, seed)

    refusal = ""
    try:
        load_model(path, sample_rate=8000, n_samples=160, trust_code=trusted)
    except ModelLoadError as error:
        refusal = str(error)

    assert not refusal or (str(path) in refusal and "\n" not in refusal)


def test_flipped_weights_are_noticed_where_the_program_is_trusted(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    save_script(path)
    data = entries_of(path)["net/data/0"]
    path.write_bytes(path.read_bytes().replace(data, bytes(len(data))))

    with pytest.raises(ModelLoadError, match="wrong sum of net/data/0"):
        load_model(path, sample_rate=8000, trust_code=True)


def test_a_program_that_ends_the_process_ends_the_child_alone(tmp_path: Path) -> None:
    path, depth = tmp_path / "net.pt", 200_000
    save_script(path)
    with_statement(path, f"deep = {'(' * depth}1{')' * depth}", on_load=False)

    with pytest.raises(ModelLoadError, match="loading it ends the process: exit code -"):
        load_model(path, sample_rate=8000, trust_code=True)
    assert load_model(path, sample_rate=8000).tensors.keys() == plain().state_dict().keys()


def test_a_program_that_does_not_compile_is_named_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    save_script(path)
    with_statement(path, "ops.mylib.run(input)", on_load=False)

    with pytest.raises(ModelLoadError, match=r"damaged \(RuntimeError: .*get a fresh copy"):
        load_model(path, sample_rate=8000, trust_code=True)


def test_a_compressed_entry_of_data_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    save_script(path)
    entries = entries_of(path)
    write_entries(path, {name: data for name, data in entries.items() if name != "net/data/0"})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as target:
        target.writestr("net/data/0", entries["net/data/0"])

    with pytest.raises(ModelLoadError, match="the entry 'net/data/0' is compressed"):
        load_model(path, sample_rate=8000)
