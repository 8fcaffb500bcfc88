"""Grids expand to the networks one counts by hand."""

from pathlib import Path

import numpy as np
import pytest

from cnnviz.errors import ParameterError, UnknownNameError
from zoo.sweep.expansion import Choice, expand
from zoo.sweep.grid import read_grid


def _expand(tmp_path: Path, text: str) -> tuple[Choice, ...]:
    path = tmp_path / "grid.toml"
    path.write_text(text)
    return expand(read_grid(path))


def test_every_combination_comes_once_in_the_order_of_the_axes(tmp_path: Path) -> None:
    text = """
[[grid]]
family = "custom"
width = 32
depth = [8, 9]
dropout = [0, 0.5]
batch_norm = [false, true]
"""

    assert [choice.name for choice in _expand(tmp_path, text)] == [
        "custom_ch32-8",
        "custom_ch32-8-bn",
        "custom_ch32-8-do0.5",
        "custom_ch32-8-do0.5-bn",
        "custom_ch32-9",
        "custom_ch32-9-bn",
        "custom_ch32-9-do0.5",
        "custom_ch32-9-do0.5-bn",
    ]


def test_names_are_crossed_with_rates(tmp_path: Path) -> None:
    text = '[[grid]]\nnames = ["m5", "sinc_net"]\nlearning_rate = [1e-3, 1e-2]'

    found = [(choice.name, choice.learning_rate) for choice in _expand(tmp_path, text)]

    assert found == [("m5", 1e-3), ("m5", 1e-2), ("sinc_net", 1e-3), ("sinc_net", 1e-2)]


def test_blocks_follow_each_other(tmp_path: Path) -> None:
    found = _expand(tmp_path, '[[grid]]\nnames = "m5"\n[[grid]]\nnames = "sinc_net"')

    assert [(choice.name, choice.block) for choice in found] == [("m5", 0), ("sinc_net", 1)]


_RANDOM = """
[[grid]]
search = "random"
n_trials = 200
seed = 7
family = ["custom"]
width = [16, 32]
depth = { low = 3, high = 5 }
dropout = { low = 0.1, high = 0.3 }
learning_rate = { low = 1e-4, high = 1e-2 }
"""


def test_random_draws_stay_in_their_ranges_and_fill_them(tmp_path: Path) -> None:
    found = _expand(tmp_path, _RANDOM)

    parts = [choice.name.split("-") for choice in found]
    assert len(found) == 200
    assert {part[0] for part in parts} == {"custom_ch16", "custom_ch32"}
    assert {part[1] for part in parts} == {"3", "4", "5"}
    assert all(0.1 <= float(part[2].removeprefix("do")) <= 0.3 for part in parts)
    rates = np.array([choice.learning_rate for choice in found])
    assert rates.min() >= 1e-4
    assert rates.max() <= 1e-2


def test_rates_are_drawn_evenly_over_decades(tmp_path: Path) -> None:
    rates = np.array([choice.learning_rate for choice in _expand(tmp_path, _RANDOM)])

    share = float(np.mean(rates < 1e-3))  # log-uniform: one half; uniform: one in eleven

    assert share == pytest.approx(0.5, abs=0.15)  # four standard deviations of 200 draws


def test_the_same_seed_draws_the_same(tmp_path: Path) -> None:
    again = _expand(tmp_path, _RANDOM)
    other = _expand(tmp_path, _RANDOM.replace("seed = 7", "seed = 8"))

    assert _expand(tmp_path, _RANDOM) == again
    assert other != again


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", r"says no network; allowed: names, or family and depth"),
        ('names = "m5"\ndepth = 3', r"names and depth are both given; .* make two blocks"),
        (
            'family = "custom"\ndepth = { low = 3, high = 5 }',
            r"depth asks for draws, and search='grid' takes every combination",
        ),
        ('names = "m5"\nn_trials = 3', r"n_trials asks for draws"),
        ('search = "random"\nnames = "m5"', r"search='random' lacks n_trials"),
        (
            'search = "random"\nn_trials = 1\nnames = "m5"\nlearning_rate = { low = 0, high = 1 }',
            r"learning_rate has low=0, high=1; allowed: low up to high, above 0",
        ),
        ('family = "custom"\nwidth = 32\nkernel = 5\nfc = 2\ndepth = 3', r"no network of depth=3"),
    ],
    ids=lambda value: None,
)
def test_a_block_that_contradicts_itself_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ParameterError, match=rf"\[\[grid\]\] block 2: .*{told}"):
        _expand(tmp_path, f'[[grid]]\nnames = "m5"\n[[grid]]\n{text}')


def test_unknown_family_gives_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"block 1: family='custon' .* nearest: custom;"):
        _expand(tmp_path, '[[grid]]\nfamily = "custon"\ndepth = 3')
