"""Figures as JSON with ids that depend on their content only."""

import json
import re
from typing import cast

from bokeh.embed import json_item as bokeh_item
from bokeh.models import Model

from reports.parts import JSON

_ID = re.compile(r"p\d+")


def json_item(figure: Model, name: str) -> dict[str, JSON]:
    """Serialize a figure, deterministically.

    Bokeh numbers its models through the life of a process; here they are numbered from 1
    within the figure, so that equal figures give equal text.

    Parameters
    ----------
    figure
        Figure or layout that belongs to no document.
    name
        Unique in the page; begins every id.

    Returns
    -------
    dict
        For ``Bokeh.embed.embed_item``.
    """
    item = json.loads(json.dumps(bokeh_item(figure), allow_nan=False))
    numbers: dict[str, str] = {}
    return cast("dict[str, JSON]", _renamed(item, name, numbers))


def _renamed(value: JSON, name: str, numbers: dict[str, str]) -> JSON:
    if isinstance(value, list):
        return [_renamed(entry, name, numbers) for entry in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _number(entry, name, numbers)
        if key in ("id", "root_id") and isinstance(entry, str) and _ID.fullmatch(entry)
        else _renamed(entry, name, numbers)
        for key, entry in value.items()
    }


def _number(identity: str, name: str, numbers: dict[str, str]) -> str:
    return numbers.setdefault(identity, f"{name}-{len(numbers) + 1}")
