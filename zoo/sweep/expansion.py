"""From a grid to the networks it asks for: every combination, or draws by a seed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from math import exp, log

import numpy as np

from cnnviz.errors import CnnvizError, ParameterError

from .grid import AXES, Block, Grid, Range
from .naming import Parts, compose

_PARTS = AXES[:-1]
_Values = dict[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One network to train.

    Parameters
    ----------
    name
        Architecture.
    block
        Position of its block in the file, from 0.
    learning_rate
        Peak rate; None: the recipe's.
    """

    name: str
    block: int
    learning_rate: float | None


@contextmanager
def naming_block(position: int) -> Iterator[None]:
    """Let errors say which block of the file they come from."""
    try:
        yield
    except CnnvizError as error:
        raise type(error)(f"[[grid]] block {position + 1}: {error}") from error


def expand(grid: Grid) -> tuple[Choice, ...]:
    """List what a grid asks for, block by block, in the order of its axes.

    Raises
    ------
    ParameterError
        If a block contradicts itself or asks for a network that cannot be; the text names
        the block.
    """
    return tuple(choice for i, block in enumerate(grid.grid) for choice in _expand(block, i))


def _expand(block: Block, position: int) -> Iterator[Choice]:
    with naming_block(position):
        _check(block)
    for values in _draws(block) if block.search == "random" else _combinations(block):
        rate = values.pop("learning_rate", None)
        with naming_block(position):
            name = values.pop("names", None) or compose(Parts(**values))  # type: ignore[arg-type]
        assert isinstance(name, str)
        assert rate is None or isinstance(rate, float)
        yield Choice(name=name, block=position, learning_rate=rate)


def _check(block: Block) -> None:
    axes = [axis for axis in _PARTS if getattr(block, axis)]
    ranges = [axis for axis in AXES if isinstance(getattr(block, axis), Range)]
    if block.names and axes:
        raise ParameterError(
            f"names and {axes[0]} are both given; allowed: either names or the axes "
            f"{', '.join(_PARTS)}; make two blocks"
        )
    if not block.names and not (block.family and block.depth):
        raise ParameterError("says no network; allowed: names, or family and depth; add them")
    if block.search == "grid" and (ranges or block.n_trials):
        given = ranges[0] if ranges else "n_trials"
        raise ParameterError(
            f"{given} asks for draws, and search='grid' takes every combination; allowed: "
            'lists of values; give a list, or set search = "random"'
        )
    if block.search == "random" and block.n_trials is None:
        raise ParameterError("search='random' lacks n_trials; give the number of draws")
    for axis in ranges:
        _check_range(axis, getattr(block, axis))


def _check_range(axis: str, ends: Range) -> None:
    if ends.low > ends.high or (axis == "learning_rate" and ends.low <= 0):
        raise ParameterError(
            f"{axis} has low={ends.low:g}, high={ends.high:g}; allowed: low up to high"
            f"{', above 0' if axis == 'learning_rate' else ''}; mend the range"
        )


def _axes(block: Block) -> dict[str, tuple[object, ...] | Range]:
    keys = ("names", *AXES)
    return {key: getattr(block, key) for key in keys if getattr(block, key)}


def _combinations(block: Block) -> Iterator[_Values]:
    axes = _axes(block)
    lists = [values for values in axes.values() if isinstance(values, tuple)]
    for values in product(*lists):
        yield dict(zip(axes, values, strict=True))


def _draws(block: Block) -> Iterator[_Values]:
    generator = np.random.default_rng(block.seed)
    axes = _axes(block)
    for _ in range(block.n_trials or 0):
        yield {axis: _draw(axis, values, generator) for axis, values in axes.items()}


def _draw(axis: str, values: tuple[object, ...] | Range, generator: np.random.Generator) -> object:
    if isinstance(values, tuple):
        return values[generator.integers(len(values))]
    if axis == "learning_rate":
        drawn = exp(generator.uniform(log(values.low), log(values.high)))
        return float(f"{drawn:.3g}")
    if axis == "dropout":
        return round(generator.uniform(values.low, values.high), 2)
    return int(generator.integers(round(values.low), round(values.high) + 1))
