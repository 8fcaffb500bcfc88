"""Heavy libraries load when they are needed, not before."""

import subprocess
import sys

import pytest

from cnnviz.capture import record
from tests.capture.recordings import tiny_model, write_clips

HEAVY = ("torch", "numpy", "matplotlib", "captum", "librosa", "umap", "h5py", "bokeh", "sklearn")


def loaded_after(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.strip().split("\n")[-1].split())


def test_importing_cnnviz_loads_nothing_heavy():
    assert loaded_after("import cnnviz") == set()


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["report", "--help"],
        ["filters", "--help"],
        ["evaluate", "--help"],
        ["zoo", "--help"],
    ],
)
def test_help_loads_nothing_heavy(words):
    code = (
        "from cnnviz.cli import main\n"
        "import io, contextlib\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    try: main({words!r})\n"
        "    except SystemExit as stop: assert not stop.code, stop.code\n"
    )

    assert loaded_after(code) == set()


def test_listing_open_sets_imports_none_of_their_members():
    code = "from cnnviz import registry; registry.names('cnnviz.analyzers')"

    assert loaded_after(code) == set()


def test_opening_a_run_and_rendering_needs_no_torch():
    code = "import reports, cnnviz.store, cnnviz.results, cnnviz.api; import reports.html"

    assert "torch" not in loaded_after(code)


def test_opening_a_capture_loads_no_torch(tmp_path):
    clips = write_clips(tmp_path / "clips", 4)
    record(tiny_model(), clips, out=tmp_path / "run").close()

    code = (
        f"import cnnviz.store; print(cnnviz.store.open_capture({str(tmp_path / 'run')!r}).layers)"
    )

    assert loaded_after(code) == {"numpy", "h5py"}
