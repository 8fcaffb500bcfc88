"""A page: its sections, what can be played, and everything its parts need beside the markup."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import cast

import numpy as np

from cnnviz import registry
from cnnviz.csv_text import to_csv
from cnnviz.errors import ParameterError
from cnnviz.forked import in_forks, n_cores
from cnnviz.provenance import digest_text
from cnnviz.run import Run

from .packing import Numbers
from .parts import (
    JSON,
    Badge,
    Cell,
    Choice,
    ClipList,
    DataFile,
    Details,
    Findings,
    Group,
    Interactive,
    Link,
    Matrix,
    Multiples,
    Part,
    Play,
    Raster,
    Section,
    Table,
    Vector,
)
from .sound import Sound

FINDINGS = "findings.json"
_NOT_IN_FILES = re.compile(r"[^\w.#-]")
_NOT_IN_FRAGMENTS = re.compile(r"[^\w.:=,#-]")
_LONGEST = 150  # bytes of a file's name


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Title, sections in order, encoded clips, and what can be found on the page."""

    title: str
    sections: tuple[Section, ...]
    sounds: tuple[Sound, ...] = ()
    finds: str = "filter, clip, layer"


def sections(run: Run) -> tuple[Section, ...]:
    """Ask every section file for its chapter; absent results leave theirs out."""
    names = registry.names("reports.sections")
    modules = [registry.load("reports.sections", name) for name in names]
    modules.sort(key=lambda module: (module.ORDER, module.__name__))
    drawn = dict(in_forks(lambda module: module.section(run), modules, n_processes=n_cores()))
    chapters = (drawn[place] for place in range(len(modules)))
    return tuple(section for section in chapters if section is not None)


def walk(parts: Sequence[Part]) -> Iterator[Part]:
    """Every part with the parts inside it, in order of reading."""
    for part in parts:
        yield part
        if isinstance(part, Multiples | Details | Group):
            yield from walk(part.parts)
        elif isinstance(part, Choice):
            for option in part.options:
                yield from walk(option.parts)
        elif isinstance(part, Interactive) and part.fallback is not None:
            yield from walk((part.fallback,))


def every_part(page: Page) -> Iterator[Part]:
    """Every part of every section."""
    for section in page.sections:
        yield from walk(section.parts)


def data_files(page: Page) -> tuple[DataFile, ...]:
    """Numbers behind tables and figures, sorted by name.

    Raises
    ------
    ParameterError
        If two parts claim one name with different contents.
    """
    files: dict[str, DataFile] = {}
    for part in every_part(page):
        file = data_of(part)
        if file is None:
            continue
        if files.setdefault(file.name, file).text != file.text:
            raise ParameterError(
                f"two parts offer {file.name!r} with different contents; allowed: one; rename one"
            )
    if any(isinstance(part, Findings) for part in every_part(page)):
        files[FINDINGS] = DataFile(name=FINDINGS, text=findings_json(page))
    return tuple(files[name] for name in sorted(files))


def name_of_data(part: Part) -> str:
    """File of the numbers behind a part, or nothing; all findings of a page are in one."""
    if isinstance(part, Findings):
        return FINDINGS
    file = data_of(part)
    return file.name if file else ""


def findings_json(page: Page) -> str:
    """Every finding of the page once, whole, under the section it belongs to.

    Where a section repeats a finding of a later one, the later one counts. null is not known
    or not defined.
    """
    placed = {
        (finding.id, finding.evidence): {"section": section.anchor, **asdict(finding)}
        for section in page.sections
        for part in walk(section.parts)
        if isinstance(part, Findings)
        for finding in part.items
    }
    for row in placed.values():
        row["evidence"] = [
            one | {"value": one["value"] if math.isfinite(one["value"]) else None}
            for one in row["evidence"]
        ]
    return json.dumps([*placed.values()], indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def data_of(part: Part) -> DataFile | None:
    """Numbers offered beside one part under a name that file systems take, or None."""
    file = _numbers_of(part)
    return None if file is None else replace(file, name=file_name(file.name))


def file_name(name: str) -> str:
    """A name that file systems take: what others may not hold as ``~`` and its code point.

    Names that are too long are cut, with a digest.

    Examples
    --------
    >>> file_name("channels-conv1.csv")
    'channels-conv1.csv'
    >>> file_name("channels-block/conv 1.csv")
    'channels-block~2f~conv~20~1.csv'
    """
    plain = _NOT_IN_FILES.sub(_escaped, name)
    if len(plain.encode()) <= _LONGEST:
        return plain
    stem, dot, ending = plain.rpartition(".")
    start = stem.encode()[: _LONGEST // 2].decode(errors="ignore")
    return f"{start}-{digest_text(name)[:8]}{dot}{ending}"


def _escaped(sign: re.Match[str]) -> str:
    return f"~{ord(sign[0]):x}~"


def _numbers_of(part: Part) -> DataFile | None:
    if isinstance(part, Table):
        heads = [f"{c.name} [{c.unit}]" if c.unit else c.name for c in part.columns]
        return DataFile(name=f"{part.name}.csv", text=_csv([heads, *part.rows]))
    if isinstance(part, Matrix):
        rows: list[Sequence[Cell]] = [["", *part.columns]]
        for name, values in zip(part.rows, part.values, strict=True):
            rows.append([name, *(_count(value) for value in values)])
        return DataFile(name=f"{part.name}.csv", text=_csv(rows))
    if isinstance(part, ClipList):
        known = [("true", part.has_classes), ("predicted", part.has_predictions)]
        kept = [head for head, is_known in known if is_known]
        heads = ["clip", "name", "seconds", *kept, "split", "note"]
        return DataFile(
            name=f"{part.name}.csv",
            text=_csv([heads, *([getattr(row, head) for head in heads] for row in part.rows)]),
        )
    return part.data if isinstance(part, Vector | Raster | Interactive | Multiples) else None


def _count(value: float) -> float:
    """Whole numbers as they are, others to four places."""
    return int(value) if value == int(value) else round(float(value), 4)


def _csv(rows: Sequence[Sequence[Cell]]) -> str:
    """Rows as CSV text with Unix line ends."""
    return to_csv([_plain(cell) for cell in row] for row in rows)


def _plain(cell: Cell) -> str | int | float:
    """Cell of a CSV file: empty where there is nothing."""
    if isinstance(cell, Badge | Link | Play):
        return cell.text
    if isinstance(cell, bool):
        return int(cell)
    if cell is None or cell != cell:  # noqa: PLR0124  # NaN is the one that differs from itself
        return ""
    return cell.item() if isinstance(cell, np.generic) else cell


def figure_payload(part: Interactive) -> str:
    """What the page's script needs to draw an interactive figure, packed.

    Columns of all views lie together, which packs them better than views.
    """
    numbers = Numbers()
    views: dict[str, dict[str, dict[str, JSON]]] = {slug(target): {} for target in part.views}
    names = {(s, c): None for sources in part.views.values() for s in sources for c in sources[s]}
    for source, column in names:
        for target, sources in part.views.items():
            if column in sources.get(source, {}):
                values = sources[source][column]
                views[slug(target)].setdefault(source, {})[column] = (
                    [str(value) for value in values]
                    if isinstance(values, list)
                    else numbers.add(values)
                )
    grid = part.response_grid
    payload: dict[str, JSON] = {
        "item": dict(part.item),
        "views": _plain_json(views),
        "switches": _plain_json(part.switches),
        "clips": part.clip_source,
    }
    if grid is not None:
        bins: list[JSON] = [int(place) for place in grid.bins]
        payload["grid"] = {"bins": bins, "n_fft": grid.n_fft, "seconds": grid.seconds}
    return numbers.packed(payload)


def _plain_json(value: object) -> JSON:
    """Nested mappings as plain dicts, in their own order."""
    if isinstance(value, Mapping):
        return {str(key): _plain_json(inner) for key, inner in value.items()}
    return cast("JSON", value)


def to_json(value: JSON) -> str:
    """JSON text that can stand inside a script element or a ``.js`` file."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def slug(text: str) -> str:
    """Text as an HTML id: letters, digits and ``._:=,#-``, others by their code point."""
    return _NOT_IN_FRAGMENTS.sub(_escaped, text)
