"""The record a result carries."""

import sys

import pytest

from cnnviz.provenance import command_line


@pytest.mark.parametrize(
    "program",
    [
        "/home/ann/.venv/bin/cnnviz",
        "/home/ann/.venv/lib/python3.11/site-packages/cnnviz/__main__.py",
        "C:\\Users\\ann\\cnnviz\\__main__.py",
        "cnnviz",
    ],
    ids=["script", "package", "package on Windows", "name"],
)
def test_a_command_reads_as_it_is_typed_without_its_path(monkeypatch, program):
    monkeypatch.setattr(sys, "argv", [program, "capture", "zoo:m5", "my clips"])

    assert command_line() == "cnnviz capture zoo:m5 'my clips'"
