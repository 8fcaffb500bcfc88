"""What an analyzer is: parameters, and one computation on a run."""

from typing import Protocol, runtime_checkable

from cnnviz.results import Result
from cnnviz.run import Run


@runtime_checkable
class Analyzer(Protocol):
    """A frozen dataclass whose fields are its parameters, in one file named after it.

    The file ``cnnviz/analyzers/<name>.py``, of a method that explains clips
    ``cnnviz/attribution/methods/<name>.py``, holds pure functions, one public class, and
    ``in_report(run)``: the instances that a report runs on a run, none where it is made on
    request only. The dataclass is the Python API, the command-line options, the provenance
    record and the identity of the result at once.
    """

    def run(self, run: Run) -> Result:
        """Compute the result from what a run holds."""
        ...
