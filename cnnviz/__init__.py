"""cnnviz: what a trained audio CNN listens to, in Hz, seconds and dB.

The public names load lazily, so that ``import cnnviz`` costs nothing:

>>> import cnnviz
>>> "record" in dir(cnnviz)
True
>>> cnnviz.__version__.count(".")
2
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str
    from cnnviz.api import (
        analyze,
        compare,
        evaluate,
        explain,
        explain_each,
        filters,
        load_model,
        open_run,
        probe,
        read_clips,
        record,
        render,
    )

__all__ = [
    "analyze",
    "compare",
    "evaluate",
    "explain",
    "explain_each",
    "filters",
    "load_model",
    "open_run",
    "probe",
    "read_clips",
    "record",
    "render",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("cnnviz")
    if name not in __all__:
        raise AttributeError(f"module 'cnnviz' has no attribute {name!r}")
    from cnnviz.api.python_names import with_python_names

    globals()[name] = with_python_names(getattr(import_module("cnnviz.api"), name))
    return globals()[name]


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
