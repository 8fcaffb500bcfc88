"""Grid files are read strictly, and mistakes are told by block and key."""

from pathlib import Path

import pytest

from cnnviz.errors import ParameterError
from zoo.sweep.grid import Range, bundled, find_grid, read_grid


def _grid(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "grid.toml"
    path.write_text(text)
    return path


def test_blocks_settings_and_ranges_are_read(tmp_path: Path) -> None:
    text = """
classes = ["no", "yes"]
seeds = [0, 1]
[recipe]
epochs = 3
[recipe.augmentation]
noise_snr_db = [1, 2]
[[grid]]
family = "custom"
depth = 8
learning_rate = { low = 1e-4, high = 1e-2 }
[[grid]]
names = ["m5"]
"""

    grid = read_grid(_grid(tmp_path, text))

    assert (grid.classes, grid.seeds) == (("no", "yes"), (0, 1))
    settings = grid.recipe.model_dump(exclude_unset=True)
    assert settings == {"epochs": 3, "augmentation": {"noise_snr_db": (1.0, 2.0)}}
    assert (grid.grid[0].family, grid.grid[0].depth) == (("custom",), (8,))
    assert grid.grid[0].learning_rate == Range(low=1e-4, high=1e-2)
    assert grid.grid[1].names == ("m5",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[grid]]\ndept = [3]", r"\[\[grid\]\] block 1 has the unknown key 'dept'; did you mean"),
        ("sed = 1\n[[grid]]", r"the file has the unknown key 'sed'; did you mean 'seeds'"),
        (
            "[recipe]\nepoch = 3\n[[grid]]",
            r"\[recipe\] has the unknown key 'epoch'; did you mean 'epochs'; allowed: aug",
        ),
        (
            "[[grid]]\n[grid.recipe.augmentation]\nspee = 1",
            r"block 1 \[recipe.augmentation\] has the unknown key 'spee'; did you mean 'speed'",
        ),
        (
            '[[grid]]\n[[grid]]\ndepth = [3, "x"]',
            r"\[\[grid\]\] block 2 has depth\[1\]='x'; allowed: a valid integer",
        ),
        ("[[grid]]\ndepth = [0]", r"block 1 has depth\[0\]=0; allowed: greater than 0"),
        ("[[grid]]\nbatch_norm = 1", r"batch_norm\[0\]=1; allowed: a valid boolean"),
        ("[[grid]]\ndepth = { low = 1 }", r"block 1 \[depth\] lacks 'high'; add it"),
        (
            "[[grid]]\ndepth = { low = 1, high = 4, hi = 5 }",
            r"block 1 \[depth\] has the unknown key 'hi'; did you mean 'high'; allowed: high, low",
        ),
        ("[[grid]]\ndepth = { low = 1, high = inf }", r"\[depth\] has high=.*; allowed: a finite"),
        ('[[grid]]\nsearch = "bayes"', r"search='bayes'; allowed: 'grid' or 'random'"),
        (
            "[recipe]\nepochs = 2.5\n[[grid]]",
            r"\[recipe\] has epochs=2.5; allowed: a valid integer",
        ),
        ("seeds = [0]", r"the file lacks 'grid'; add it"),
        ("grid = 3", r"the file has grid=3; allowed: a valid array"),
        ("grid = [", r"is not TOML \(.*\); mend the line"),
    ],
    ids=lambda value: None,
)
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ParameterError, match=told) as caught:
        read_grid(_grid(tmp_path, text))

    assert "\n" not in str(caught.value)


def test_further_mistakes_are_counted(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"\(and 1 more\)"):
        read_grid(_grid(tmp_path, "[[grid]]\na = 1\nb = 2"))


def test_bundled_grids_are_found_by_name() -> None:
    assert bundled() == ("kws12_small", "study")
    assert find_grid("study").name == "study.toml"


def test_a_file_goes_before_a_bundled_grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("study").write_text("")

    assert find_grid("study") == Path("study")


def test_a_grid_that_is_nowhere_names_the_bundled_ones() -> None:
    with pytest.raises(ParameterError, match=r"grid='nope' is no file; .* kws12_small, study"):
        find_grid("nope")
