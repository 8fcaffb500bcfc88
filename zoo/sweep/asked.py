"""What a grid asks for: networks, each with the recipe that all its settings give."""

from dataclasses import replace
from typing import Any

from cnnviz.errors import CnnvizError

from .. import catalogue
from ..recipe import Recipe
from .expansion import Choice, expand
from .grid import Grid


def recipes(grid: Grid) -> tuple[tuple[str, Recipe], ...]:
    """Names and recipes a grid asks for, in its order; what is asked for twice comes once.

    Raises
    ------
    ParameterError
        If the grid contradicts itself or a setting is out of range; the text names the block.
    UnknownNameError
        If there is no such family or network.
    """
    seeds = grid.seeds or (None,)
    asked = [
        (choice.name, _recipe(grid, choice, seed)) for choice in expand(grid) for seed in seeds
    ]
    return tuple(dict.fromkeys(asked))


def _recipe(grid: Grid, choice: Choice, seed: int | None) -> Recipe:
    """The family's recipe, then the file's settings, the block's, its axis and the seed."""
    try:
        recipe = catalogue.family_of(choice.name).recipe(choice.name)
        for table in (grid.recipe, grid.grid[choice.block].recipe):
            recipe = _with(recipe, table.model_dump(exclude_unset=True))
        if choice.learning_rate is not None:
            recipe = replace(recipe, learning_rate=choice.learning_rate)
        return recipe if seed is None else replace(recipe, seed=seed)
    except CnnvizError as error:
        raise type(error)(f"[[grid]] block {choice.block + 1}: {error}") from error


def _with(recipe: Recipe, settings: dict[str, Any]) -> Recipe:
    augmentation = replace(recipe.augmentation, **settings.pop("augmentation", {}))
    return replace(recipe, **settings, augmentation=augmentation)
