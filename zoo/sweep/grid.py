"""Grid files: which networks a sweep trains, written by people as TOML, checked strictly."""

import json
import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    FiniteFloat,
    NonNegativeInt,
    PositiveInt,
    Tag,
    ValidationError,
    create_model,
)

from cnnviz.errors import ParameterError

from ..recipe import Recipe
from ._mistakes import explain

GRIDS = Path(__file__).resolve().parent.parent / "grids"
AXES = ("family", "depth", "width", "kernel", "fc", "dropout", "batch_norm", "learning_rate")
_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)


def _shape(value: object) -> str:
    return "range" if isinstance(value, dict | Range) else "values"


class Range(BaseModel):
    """Values between two ends, both included; for random search."""

    model_config = _STRICT
    low: FiniteFloat
    high: FiniteFloat


_WholeNumbers = Annotated[
    Annotated[tuple[PositiveInt, ...], Tag("values")] | Annotated[Range, Tag("range")],
    Discriminator(_shape),
]
_Counts = Annotated[
    Annotated[tuple[NonNegativeInt, ...], Tag("values")] | Annotated[Range, Tag("range")],
    Discriminator(_shape),
]
_Numbers = Annotated[
    Annotated[tuple[float, ...], Tag("values")] | Annotated[Range, Tag("range")],
    Discriminator(_shape),
]


def _partial(kind: type) -> type[BaseModel]:
    """A model with the fields of a dataclass, none of them required."""
    hints = get_type_hints(kind)
    choices: dict[str, Any] = {
        field.name: (_partial(hints[field.name]) if is_dataclass(hints[field.name]) else hint, None)
        for field in fields(kind)
        for hint in [hints[field.name]]
    }
    return create_model(kind.__name__, __config__=_STRICT, **choices)


if TYPE_CHECKING:
    RecipeTable = BaseModel
else:
    RecipeTable = _partial(Recipe)


class Block(BaseModel):
    """One ``[[grid]]``: names, or axes whose combinations are names.

    Parameters
    ----------
    search
        ``"grid"``: every combination; ``"random"``: `n_trials` draws by `seed`.
    names
        Networks by name; instead of the axes that make up names.
    family, depth, width, kernel, fc, dropout, batch_norm
        The parts of a name. What a family's names do not say is left out, or equals what
        the family has.
    learning_rate
        Of the recipe; None: the recipe's. A range is drawn log-uniformly.
    recipe
        Settings of this block, over those of the file.
    """

    model_config = _STRICT
    search: Literal["grid", "random"] = "grid"
    n_trials: PositiveInt | None = None
    seed: int = Field(default=0, ge=0)
    names: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    depth: _WholeNumbers = ()
    width: _WholeNumbers = ()
    kernel: _WholeNumbers = ()
    fc: _Counts = ()
    dropout: _Numbers = ()
    batch_norm: tuple[bool, ...] = ()
    learning_rate: _Numbers = ()
    recipe: RecipeTable = Field(default_factory=RecipeTable)


class Grid(BaseModel):
    """A whole grid file.

    Parameters
    ----------
    classes
        Classes of the data to train on; empty: all.
    seeds
        Every network is trained once for each; empty: the recipe's.
    recipe
        Settings of all trials, over those of each family; see `zoo.recipe.Recipe`.
    grid
        Its blocks.
    """

    model_config = _STRICT
    classes: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    recipe: RecipeTable = Field(default_factory=RecipeTable)
    grid: tuple[Block, ...] = Field(min_length=1)


def bundled() -> tuple[str, ...]:
    """Names of the grids that ship with cnnviz."""
    return tuple(sorted(path.stem for path in GRIDS.glob("*.toml")))


def find_grid(reference: str) -> Path:
    """The file of a grid: a path, or the name of a bundled one.

    Raises
    ------
    ParameterError
        If there is neither.
    """
    for path in (Path(reference), GRIDS / f"{reference}.toml"):
        if path.is_file():
            return path
    raise ParameterError(
        f"grid={reference!r} is no file; allowed: a TOML file, or one of {', '.join(bundled())}; "
        "check the path"
    )


def read_grid(path: Path) -> Grid:
    """Read a grid file.

    Raises
    ------
    ParameterError
        If it is not TOML, has an unknown key, or a value of the wrong type; the text names
        block, key and what is allowed.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError(
            f"{path} is not TOML ({error}); mend the line; a grid to start from: {GRIDS}"
        ) from error
    for block in _blocks(document):
        _wrap_single_values(block)
    try:
        return Grid.model_validate_json(json.dumps(document, default=str))
    except ValidationError as error:
        raise ParameterError(f"{path}: {explain(error, Grid)}") from None


def _blocks(document: dict[str, Any]) -> list[dict[str, Any]]:
    items = document.get("grid", [])
    return [block for block in items if isinstance(block, dict)] if isinstance(items, list) else []


def _wrap_single_values(block: dict[str, Any]) -> None:
    """``depth = 8`` is ``depth = [8]``."""
    for axis in (*AXES, "names"):
        if axis in block and not isinstance(block[axis], list | dict):
            block[axis] = [block[axis]]
