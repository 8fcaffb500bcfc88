"""Lowering: parts become HTML here and nowhere else.

Every text passes Jinja2's autoescape; the only markup taken as it is are the SVG strings of
`parts.Vector`. One template per part, named after its class.
"""

import base64
import io
import math
import re
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from urllib.parse import quote

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from cnnviz.results import ranked

from .numerals import NOTHING, decimal
from .page import name_of_data, slug
from .parts import (
    Axis,
    Badge,
    Cell,
    ClipList,
    ClipRow,
    Column,
    Link,
    Part,
    Play,
    Raster,
    Table,
    Vector,
)
from .raster import limits, png, ramp

N_ROWS = 50
"""Rows of clips in the page at a time."""


MARK_SPACE, FIGURE_SPACE = "\N{PUNCTUATION SPACE}", "\N{FIGURE SPACE}"
"""As wide as a decimal mark and as a digit."""
_WIDE = 560
_TONES = MappingProxyType({"problem": "bad", "warning": "warn"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What lowering knows of the page: where its data lie and which clips can be played.

    `audio_links` maps a playable clip to the address of its file, ``""`` where the sound is
    inside the page.
    """

    data_folder: str
    audio_links: dict[int, str] = field(default_factory=dict)


@cache
def environment() -> Environment:
    """Jinja2 environment of the report: everything escaped, nothing undefined."""
    env = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=PackageLoader("reports"),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {
        "decimal": decimal,
        "slug": slug,
        "heat": heat,
        "ranked": ranked,
    }
    env.tests["number_cell"] = is_number
    env.globals |= {"N_ROWS": N_ROWS, "classes": classes, "play": play}
    env.globals |= {"fractions": fractions, "buttons": buttons, "seconds": seconds}
    env.globals |= {"tones": _TONES, "sort_key": sort_key}
    env.tests["wide"] = is_wide
    return env


def lower(part: Part, context: Context) -> Markup:
    """Markup of one part and of the parts inside it."""
    template = environment().get_template(f"parts/{_snake(type(part).__name__)}.html")
    text = template.render(
        part=part,
        context=context,
        lower=lambda inner: lower(inner, context),
        cell=lambda value, column=None, width=0: cell(value, context, column, width),
        data_link=data_link(name_of_data(part), context),
        drawn=drawn(part) if isinstance(part, Raster) else None,
        svg=svg(part) if isinstance(part, Vector) else None,
    )
    return Markup(text)  # noqa: S704  # the template has escaped it


def render_template(name: str, **values: object) -> bytes:
    """A whole template in UTF-8, made piece by piece: as text, a dash makes each sign two bytes.

    What file systems give that is no Unicode becomes a question mark.
    """
    pieces = environment().get_template(name).generate(**values)
    page = io.BytesIO()  # gives its bytes without a copy, unlike a list that is joined
    page.writelines(piece.encode("utf-8", "replace") for piece in pieces)
    return page.getvalue()


def cell(value: Cell, context: Context, column: Column | None = None, width: int = 0) -> Markup:
    """Content of a table cell; numbers keep room for `width` signs from the decimal mark on."""
    if isinstance(value, Badge | Link | Play):
        return lower(value, context)
    text = cell_text(value, column)
    if text == NOTHING and not isinstance(value, str):
        return Markup('<span class="nothing">{}</span>').format(text)
    return escape(text + padding(text, width) if is_number(value) else text)


def padding(text: str, width: int) -> str:
    """Blanks as wide as the decimals that a number has less than its column.

    Examples
    --------
    >>> padding("0.5", 4) == 2 * FIGURE_SPACE, padding("12", 3) == MARK_SPACE + 2 * FIGURE_SPACE
    (True, True)
    """
    fraction = _fraction(text)
    if fraction == 0 < width:
        return MARK_SPACE + (width - 1) * FIGURE_SPACE
    return (width - fraction) * FIGURE_SPACE


def fractions(part: Table) -> dict[int, int]:
    """Columns of numbers with the most signs that a cell has from its decimal mark on."""
    return {
        index: max(_cell_fraction(row[index], part.columns[index]) for row in part.rows)
        for index in numeric_columns(part)
    }


def buttons(part: Table) -> frozenset[int]:
    """Columns that hold buttons and no text: paper leaves them out."""
    return frozenset(
        index
        for index in range(len(part.columns))
        for row in part.rows
        if isinstance(value := row[index], Play) and not value.text
    )


def _cell_fraction(value: Cell, column: Column) -> int:
    """Signs of a cell from its decimal mark on; none where it is no number."""
    if isinstance(value, Badge | Link | Play) or not is_number(value):
        return 0
    return _fraction(cell_text(value, column))


def _fraction(text: str) -> int:
    """Signs of a number from its decimal mark on."""
    _, mark, decimals = text.partition(".")
    return len(mark + decimals)


def cell_text(value: str | float | bool | None, column: Column | None = None) -> str:
    """Text of a plain cell; nothing, like NaN, is an em dash."""
    if value is None:
        return NOTHING
    if isinstance(value, bool | np.bool_):
        return "yes" if value else ""
    if isinstance(value, int | np.integer):
        return f"{int(value):,}"
    if isinstance(value, float | np.floating):
        if column and column.places is not None and math.isfinite(value):
            return f"{float(value):,.{column.places}f}"
        return decimal(float(value), column.digits if column else 4)
    return value


def is_number(value: Cell) -> bool:
    """Whether a cell is set flush right and sorted as a number."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def numeric_columns(part: Table) -> frozenset[int]:
    """Columns whose first filled cell is a number."""
    firsts = [
        next((row[index] for row in part.rows if row[index] is not None), None)
        for index in range(len(part.columns))
    ]
    return frozenset(index for index, value in enumerate(firsts) if is_number(value))


def classes(part: ClipList) -> tuple[str, ...]:
    """Names of the classes in a list of clips, in alphabetical order."""
    return tuple(sorted({row.true for row in part.rows} - {""}))


def seconds(row: ClipRow) -> str:
    """Length of a clip to a hundredth, as the page's script writes it."""
    return cell_text(row.seconds, Column(name="Length", places=2))


def play(row: ClipRow) -> Play:
    """Button of a row of clips."""
    return Play(clip=row.clip, text="")


def sort_key(value: Cell, column: Column) -> str | None:
    """What the page's script sorts a cell by; None where that is the text it shows."""
    if isinstance(value, Play):
        return str(value.clip)
    if isinstance(value, float) and column.places is not None and math.isfinite(value):
        return str(value)
    return None


def data_link(name: str, context: Context) -> Markup:
    """Link to the file of the numbers behind a part; without one, nothing."""
    if not name:
        return Markup("")
    address = context.data_folder + quote(name)
    return Markup(
        '<a class="data" href="{}" download="{}" data-file="{}" aria-label="{}">{}</a>'
    ).format(address, name, name, f"Data: {name}", name.rpartition(".")[2].upper())


def is_wide(part: Vector) -> bool:
    """Whether a figure scrolls in a box of its own where the page is narrow."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ', part.svg)
    is_free = not (part.playhead or part.target)
    return is_free and found is not None and float(found[1]) >= _WIDE


def svg(part: Vector) -> Markup:
    """Trusted markup of a figure, hidden from screen readers, which get the `alt` text."""
    return Markup(part.svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))  # noqa: S704


def drawn(part: Raster) -> dict[str, object]:
    """Pictures and colour limits of a raster."""
    low, high = limits(part.values, part.lowest, part.highest, part.palette)
    picture = png(
        part.values, lowest=low, highest=high, palette=part.palette, n_colours=part.n_colours
    )
    ground = part.ground
    return {
        "picture": _data_uri(picture),
        "ground": ""
        if ground is None
        else _data_uri(png(ground, lowest=0, highest=1, palette="ground")),
        "ramp": _data_uri(ramp(part.palette)),
        "low": low,
        "high": high,
        "x_ticks": _ticks(part.x),
        "y_ticks": _ticks(part.y),
    }


def heat(value: float, highest: float) -> int:
    """Step 0 to 9 of a heat scale; only zero is step 0."""
    if value <= 0 or highest <= 0:
        return 0
    return max(1, min(9, math.ceil(9 * value / highest)))


def _ticks(axis: Axis) -> tuple[tuple[float, str], ...]:
    """Ticks of an axis, its two ends where none are given."""
    ends = ((0.0, decimal(axis.start, 3)), (1.0, decimal(axis.stop, 3)))
    return axis.ticks or ends


def _data_uri(picture: bytes) -> str:
    """PNG as the address of an image."""
    return "data:image/png;base64," + base64.b64encode(picture).decode("ascii")


def _snake(name: str) -> str:
    """Class name as a file name."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
