"""cnnviz: what a trained audio CNN listens to, in Hz, seconds and dB.

The public names load lazily, so that ``import cnnviz`` costs nothing:

>>> import cnnviz
>>> "record" in dir(cnnviz)
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnviz.api import (
        compare,
        evaluate,
        filters,
        load_model,
        open_run,
        read_clips,
        record,
        render,
    )

_HOMES = {
    "compare": "cnnviz.api",
    "evaluate": "cnnviz.api",
    "filters": "cnnviz.api",
    "load_model": "cnnviz.api",
    "open_run": "cnnviz.api",
    "read_clips": "cnnviz.api",
    "record": "cnnviz.api",
    "render": "cnnviz.api",
}
__all__ = [
    "compare",
    "evaluate",
    "filters",
    "load_model",
    "open_run",
    "read_clips",
    "record",
    "render",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'cnnviz' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
