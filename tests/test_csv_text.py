"""Cells that a spreadsheet would run stand as text."""

import csv
import io

import pytest

from cnnviz.csv_text import to_csv

RUN_BY_SPREADSHEETS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1"]


def read_back(cell: object) -> str:
    ((first, _),) = csv.reader(io.StringIO(to_csv([[cell, ""]]), newline=""))
    return first


@pytest.mark.parametrize("cell", RUN_BY_SPREADSHEETS)
def test_a_formula_becomes_text(cell: str) -> None:
    assert read_back(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-0.5", "+1e-9", "-inf", -3, -0.25, "", "a=b", "yes"])
def test_numbers_and_names_stay_as_they_are(cell: object) -> None:
    assert read_back(cell) == str(cell)
