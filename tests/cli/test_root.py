"""The command line as a whole: help, errors, exit codes."""

import signal
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import rich_click as click
from click.testing import CliRunner

from cnnviz import registry
from cnnviz.cli import main, root
from tests.zoo.interrupts import hear_interrupts


def run(*words, **options):
    return subprocess.run(
        [sys.executable, "-m", "cnnviz", *words],
        check=False,
        capture_output=True,
        text=True,
        **options,
    )


def commands(group=root, prefix=()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*prefix, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*prefix, name))


ALL = list(commands())


def test_every_file_of_the_folder_is_a_command():
    names = {path[0].replace("-", "_") for path, _ in ALL}

    assert names == set(registry.names("cnnviz.cli"))


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_a_command_says_what_it_does_and_gives_examples(path, command):
    assert (command.help or "").strip()
    if not isinstance(command, click.Group):
        assert "cnnviz " in (command.epilog or ""), "examples in the epilog"


@pytest.mark.parametrize(
    ("command", "option"),
    [
        pytest.param(command, option, id=f"{' '.join(path)} {option.name}")
        for path, command in ALL
        for option in command.params
        if isinstance(option, click.Option)
    ],
)
def test_an_option_says_what_it_means(command, option):
    assert (option.help or "").strip()


def test_an_error_is_one_line_without_traceback(tmp_path):
    done = run("filters", str(tmp_path / "missing.pt"))

    assert done.returncode == 1
    assert done.stderr.startswith("cnnviz: ")
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("error", [ZeroDivisionError("by\nnought"), EOFError("cut")], ids=repr)
def test_a_defect_is_one_line_with_its_traceback_in_a_file(error, monkeypatch, capsys):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(root, "invoke", fail)

    with pytest.raises(SystemExit) as left:
        main(["filters", "model.pt"])

    (line,) = capsys.readouterr().err.strip().splitlines()
    log = Path(line.rpartition(" ")[2])
    assert left.value.code == 70
    assert line.startswith("cnnviz: a defect, please report it (")
    assert "in fail" in log.read_text("utf-8")
    log.unlink()


def test_ctrl_c_is_heard_while_an_object_is_deleted(monkeypatch, capsys):
    class Deleted:
        def __del__(self):
            raise KeyboardInterrupt

    def work(*_, **__):
        Deleted()
        for _ in range(10**8):  # seconds
            pass

    monkeypatch.setattr(root, "invoke", work)
    handler = signal.getsignal(signal.SIGINT)
    hear_interrupts()  # ignored where a shell started the tests in the background

    try:
        with pytest.raises(SystemExit) as left:
            main(["filters", "model.pt"])
    finally:
        signal.signal(signal.SIGINT, handler)

    assert left.value.code == 130
    assert capsys.readouterr().err.splitlines()[-1] == "cnnviz: stopped"


@pytest.mark.parametrize("module", ["rich_click", "torch"])
def test_ctrl_c_while_modules_load_is_one_line(module):
    code = (
        "import sys\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "from cnnviz.__main__ import main\n"
        "main()\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, "layers", "zoo:sinc_net"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.splitlines()[-1] == "cnnviz: stopped"
    assert "Traceback" not in done.stderr


def test_the_command_is_the_one_that_hears_a_ctrl_c_at_once():
    (script,) = entry_points(group="console_scripts", name="cnnviz")

    assert script.value == "cnnviz.__main__:main"


def test_debug_shows_the_traceback(tmp_path):
    done = run("--debug", "filters", str(tmp_path / "missing.pt"))

    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_a_misspelt_option_is_a_usage_error():
    done = run("filters", "--smaple-rate", "16000", "model.pt")

    assert done.returncode == 2


def test_a_misspelt_command_is_a_usage_error():
    assert run("fliters").returncode == 2


def test_version_is_that_of_the_package():
    from importlib import metadata

    assert metadata.version("cnnviz") in run("--version").stdout


@pytest.mark.parametrize(
    ("group", "names"),
    [([], ["evaluate", "filters", "report", "zoo"]), (["zoo"], ["data", "list", "sweep", "train"])],
    ids=["cnnviz", "cnnviz zoo"],
)
def test_help_lists_commands_by_the_names_of_their_files(group, names):
    lines = CliRunner().invoke(root, [*group, "--help"]).stdout.splitlines()

    listed = {line.strip("│ ").split(" ")[0] for line in lines if line.startswith("│")}
    assert set(names) <= listed
    assert "command" not in listed
