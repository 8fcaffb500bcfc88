"""What a grid asks for: networks, each with the recipe that all its settings give."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from .. import catalogue
from ..recipe import Recipe
from .expansion import Choice, expand, naming_block
from .grid import Grid


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One network, how to train it, and the block of the grid (from 0) that first names it."""

    name: str
    recipe: Recipe
    block: int


def requests_of(grid: Grid) -> tuple[Request, ...]:
    """List what a grid asks for, in its order; what is asked for twice comes once.

    Raises
    ------
    ParameterError
        If the grid contradicts itself or a setting is out of range; the text names the block.
    UnknownNameError
        If there is no such family or network.
    """
    seeds = grid.seeds or (None,)
    requests: dict[tuple[str, Recipe], Request] = {}
    for choice in expand(grid):
        for seed in seeds:
            with naming_block(choice.block):
                recipe = _recipe(grid, choice, seed)
            request = Request(name=choice.name, recipe=recipe, block=choice.block)
            requests.setdefault((choice.name, recipe), request)
    return tuple(requests.values())


def _recipe(grid: Grid, choice: Choice, seed: int | None) -> Recipe:
    """The family's recipe, then the file's settings, the block's, its axis and the seed."""
    recipe = catalogue.family_of(choice.name).recipe(choice.name)
    for table in (grid.recipe, grid.grid[choice.block].recipe):
        recipe = _updated(recipe, table.model_dump(exclude_unset=True))
    if choice.learning_rate is not None:
        recipe = replace(recipe, learning_rate=choice.learning_rate)
    return recipe if seed is None else replace(recipe, seed=seed)


def _updated(recipe: Recipe, settings: dict[str, Any]) -> Recipe:
    values = asdict(recipe)
    augmentation = {**values["augmentation"], **settings.pop("augmentation", {})}
    return Recipe.from_dict({**values, **settings, "augmentation": augmentation}, source="recipe")
