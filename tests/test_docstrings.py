"""Examples in docstrings give what they say."""

import doctest
from importlib import import_module

import pytest

import cnnviz

MODULES = ("cnnviz", "cnnviz.clips", "cnnviz.api.inputs", "cnnviz.api.models", "cnnviz.api.runs")
MODULES = (*MODULES, "cnnviz.api.python_names")


def examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    for name in MODULES:
        for found in finder.find(import_module(name), name):
            if found.examples:
                yield pytest.param(found, id=found.name)


@pytest.mark.parametrize("example", list(examples()))
def test_an_example_gives_what_it_says(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told: list[str] = []

    done = doctest.DocTestRunner().run(example, out=told.append)

    assert done.attempted > 0
    assert done.failed == 0, "".join(told)


@pytest.mark.parametrize("name", cnnviz.__all__)
def test_every_public_function_has_an_example(name):
    assert ">>> " in getattr(cnnviz, name).__doc__
