"""Recipes of trials: the family's, then the file's, the block's, the axis and the seed."""

from dataclasses import replace
from pathlib import Path

import pytest

from cnnviz.errors import ParameterError
from zoo import printed
from zoo.catalogue import family_of
from zoo.sweep.grid import find_grid, read_grid
from zoo.sweep.requests import Request, requests_of


def _requests(tmp_path: Path, text: str) -> tuple[Request, ...]:
    path = tmp_path / "grid.toml"
    path.write_text(text)
    return requests_of(read_grid(path))


def test_settings_of_the_block_go_over_those_of_the_file(tmp_path: Path) -> None:
    text = """
[recipe]
epochs = 5
batch_size = 4
[[grid]]
names = "m5"
learning_rate = 0.5
[grid.recipe]
epochs = 7
[grid.recipe.augmentation]
gain_db = 0
"""

    recipe = _requests(tmp_path, text)[0].recipe

    own = family_of("m5").recipe("m5")
    augmentation = replace(own.augmentation, gain_db=0.0)
    assert recipe == replace(
        own, epochs=7, batch_size=4, learning_rate=0.5, augmentation=augmentation
    )


def test_every_network_comes_once_per_seed(tmp_path: Path) -> None:
    found = _requests(tmp_path, 'seeds = [3, 5]\n[[grid]]\nnames = ["m5", "sinc_net"]')

    assert [(one.name, one.recipe.seed) for one in found] == [
        ("m5", 3),
        ("m5", 5),
        ("sinc_net", 3),
        ("sinc_net", 5),
    ]


def test_what_is_asked_for_twice_comes_once(tmp_path: Path) -> None:
    text = '[[grid]]\nnames = ["m5", "m5"]\n[[grid]]\nnames = "m5"'

    assert [one.name for one in _requests(tmp_path, text)] == ["m5"]


def test_setting_out_of_range_names_the_block(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"\[\[grid\]\] block 1: epochs=0; allowed: 1 to"):
        _requests(tmp_path, '[recipe]\nepochs = 0\n[[grid]]\nnames = "m5"')


def test_the_study_is_every_printed_cell_once() -> None:
    names = [one.name for one in requests_of(read_grid(find_grid("study")))]

    cells = [cell.name for table in printed.tables() for row in table.rows for cell in row.cells]
    assert len(cells) == 292
    assert sorted(names) == sorted(cells)


def test_the_study_has_its_sixteen_words() -> None:
    grid = read_grid(find_grid("study"))

    assert len(set(grid.classes)) == 16


def test_the_small_grid_is_six_combinations_and_two_draws() -> None:
    found = requests_of(read_grid(find_grid("kws12_small")))

    assert len(found) == 3 * 2 + 2
