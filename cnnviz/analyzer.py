"""What an analyzer is: parameters, and one computation on a run."""

import inspect
from collections.abc import Sequence
from typing import Any, Protocol, cast, runtime_checkable

from cnnviz import registry
from cnnviz.results import Result
from cnnviz.run import Run


@runtime_checkable
class Analyzer(Protocol):
    """A frozen dataclass whose fields are its parameters, in one file named after it.

    The file ``cnnviz/analyzers/<name>.py``, of a method that explains clips
    ``cnnviz/attribution/methods/<name>.py``, holds pure functions, one public class, and
    ``in_report(run)``: the instances that a report runs on a run, none where it is made on
    request only. One that measures units with sounds of its own holds ``in_probe(layers)`` too:
    the instances that `cnnviz probe` runs on layers by name. The dataclass is the Python API, the
    command-line options, the provenance record and the identity of the result at once. A class
    attribute ``imports`` may name packages that `run` needs and that take much memory: forks that
    work side by side then share one copy.
    """

    def run(self, run: Run) -> Result:
        """Compute the result from what a run holds."""
        ...


def analyzer_class(name: str, among: str | Sequence[str] = registry.ANALYZERS) -> type[Any]:
    """The dataclass of parameters in an analyzer's file.

    Parameters
    ----------
    name
        Of the file.
    among
        Folder of analyzers, or folders.

    Raises
    ------
    UnknownNameError
        If there is no such analyzer; the text lists the known ones.
    """
    module = registry.load(among, name)
    classes = inspect.getmembers(module, inspect.isclass)
    (analyzer,) = (
        member
        for _, member in classes
        if member.__module__ == module.__name__ and hasattr(member, "run")
    )
    return cast("type[Any]", analyzer)
