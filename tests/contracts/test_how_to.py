"""The how-to is followed to the letter: an analyzer is added by new files alone."""

import re
import sys
from importlib import import_module, invalidate_caches
from pathlib import Path

import analyzer_contract
import pytest
from analyzer_contract import CHECKS

from cnnviz import api, registry
from cnnviz.run import Run

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "how-to" / "add-an-analyzer.md"
FILE = re.compile(r"^`([\w/]+\.py)`:\n\n```python\n(.*?)```", re.MULTILINE | re.DOTALL)
NAME = "channel_correlation"


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """The files of the how-to, beside those of the tree; gone afterwards."""
    home = tmp_path_factory.mktemp("followed")
    written = dict(FILE.findall(PAGE.read_text("utf-8")))
    paths = []
    for name, text in written.items():
        assert not (ROOT / name).exists(), f"{name} is in the tree already"
        (home / name).parent.mkdir(parents=True)
        (home / name).write_text(text, "utf-8")
        if not name.startswith("tests/"):
            package = import_module(str(Path(name).parent).replace("/", "."))
            package.__path__.append(str((home / name).parent))
            paths.append(package.__path__)
    invalidate_caches()
    yield home
    for path in paths:
        path.pop()
    for name in [name for name in sys.modules if name.endswith(f".{NAME}")]:
        del sys.modules[name]


def test_its_files_are_the_four_and_a_test(followed):
    found = sorted(path.relative_to(followed).as_posix() for path in followed.rglob("*.py"))

    assert found == [
        f"cnnviz/analyzers/{NAME}.py",
        f"cnnviz/plots/{NAME}.py",
        f"cnnviz/results/{NAME}.py",
        f"reports/sections/{NAME}.py",
        f"tests/analyzers/test_{NAME}.py",
    ]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_keeps_the_promises_of_every_analyzer(check, followed, tiny_run, tmp_path, monkeypatch):
    monkeypatch.setattr(analyzer_contract, "TESTS", followed / "tests")

    check(NAME, tiny_run, tmp_path)


def test_it_is_run_by_a_report_and_shown_in_it(followed, tiny_run, tmp_path):
    from cnnviz import workflow

    names = [type(one).__module__ for one in workflow.report_analyzers(tiny_run)]
    assert f"cnnviz.analyzers.{NAME}" in names

    result = api.analyze(Run(model=tiny_run.model, capture=tiny_run.capture), NAME, threshold=0.5)
    page = api.render([result], tmp_path, title="tiny").read_text("utf-8")
    assert result.findings[0].sentence in page
    assert (tmp_path / "data" / f"{result.fragment('alike-0')}.csv").is_file()


def test_it_stands_in_the_reference_pages(followed, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    generate = import_module("generate")

    assert f"| `{NAME}` | Correlation between the channels" in generate.open_sets_page()
    assert NAME in registry.names("cnnviz.analyzers")


def test_its_own_test_passes(followed):
    module_path = followed / "tests" / "analyzers" / f"test_{NAME}.py"
    space: dict[str, object] = {}
    exec(compile(module_path.read_text("utf-8"), str(module_path), "exec"), space)

    tests = [value for name, value in space.items() if name.startswith("test_")]
    for test in tests:
        test()
    assert len(tests) == 2
