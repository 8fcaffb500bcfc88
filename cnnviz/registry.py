"""Open sets: folders are the registry, their file names are the names users type."""

import ast
import importlib
import importlib.util
import pkgutil
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType

from cnnviz.errors import CnnvizError, UnknownNameError

METHODS = "cnnviz.attribution.methods"
"""Folder of the analyzers that explain clips."""
ANALYZERS = ("cnnviz.analyzers", METHODS)
"""Folders of all analyzers."""


def names(package: str | Sequence[str]) -> tuple[str, ...]:
    """List the members of an open set without importing them.

    Parameters
    ----------
    package
        Dotted name of the folder, such as ``"cnnviz.loaders"``, or of each of several.

    Returns
    -------
    tuple of str
        Module names in alphabetical order; names that begin with ``_`` are private.

    Examples
    --------
    >>> "folders" in names("cnnviz.datasets")
    True
    """
    return tuple(sorted(name for folder in _folders(package) for name in _names(folder)))


def _folders(package: str | Sequence[str]) -> tuple[str, ...]:
    return (package,) if isinstance(package, str) else tuple(package)


def _names(folder: str) -> tuple[str, ...]:
    spec = importlib.util.find_spec(folder)
    if spec is None or spec.submodule_search_locations is None:
        raise UnknownNameError(f"open set {folder!r} is not a package of this installation")
    modules = pkgutil.iter_modules(list(spec.submodule_search_locations))
    return tuple(module.name for module in modules if not module.name.startswith("_"))


def _module_name(package: str | Sequence[str], name: str) -> str:
    """Dotted name of a member, wherever its file is."""
    return next(f"{folder}.{name}" for folder in _folders(package) if name in _names(folder))


def first_line(package: str | Sequence[str], name: str) -> str:
    """First line of the docstring of a member, read without importing it.

    Examples
    --------
    >>> first_line("cnnviz.datasets", "fsdd").startswith("Free Spoken Digit")
    True
    """
    return (ast.get_docstring(_parsed(package, name)) or "").partition("\n")[0]


def defining(package: str | Sequence[str], function: str) -> tuple[str, ...]:
    """Members whose files define a function of this name, read without importing them.

    Examples
    --------
    >>> "tone_tuning" in defining(ANALYZERS, "in_probe")
    True
    """
    return tuple(
        name
        for name in names(package)
        if any(
            isinstance(node, ast.FunctionDef) and node.name == function
            for node in _parsed(package, name).body
        )
    )


def _parsed(package: str | Sequence[str], name: str) -> ast.Module:
    spec = importlib.util.find_spec(_module_name(package, name))
    assert spec is not None, name
    assert spec.origin is not None, name
    return ast.parse(Path(spec.origin).read_text("utf-8"))


def load(package: str | Sequence[str], name: str) -> ModuleType:
    """Import one member of an open set.

    Raises
    ------
    UnknownNameError
        If no file of the folder has this name; the text lists the known ones.
    """
    members = names(package)
    if name not in members:
        kind = _folders(package)[0].rpartition(".")[2]
        close = get_close_matches(name, members, n=1)
        hint = f"; did you mean {close[0]!r}" if close else ""
        raise UnknownNameError(f"{name!r} is not one of the {kind}: {', '.join(members)}{hint}")
    return importlib.import_module(_module_name(package, name))


def load_sibling(package: str) -> ModuleType:
    """Import a package that ships beside cnnviz (``zoo`` or ``reports``).

    Raises
    ------
    CnnvizError
        If a foreign package of the same name comes first on the path.
    """
    module = importlib.import_module(package)
    root = Path(__file__).resolve().parent.parent
    origin = Path(module.__file__ or "").resolve()
    if origin.parent.parent != root:
        raise CnnvizError(
            f"package {package!r} was imported from {origin}, which is not part of cnnviz; "
            f"expected {root / package}; rename or remove the other package, or run elsewhere"
        )
    return module
