"""What an analyzer is: parameters and one question."""

from typing import Protocol, runtime_checkable

from cnnviz.capture import Capture
from cnnviz.model import AudioModel
from cnnviz.results import Result


@runtime_checkable
class Analyzer(Protocol):
    """A frozen dataclass whose fields are its parameters, in one file named after it.

    The file ``cnnviz/analyzers/<name>.py`` holds pure functions, and one public class. The
    dataclass is the Python API, the command-line options, the provenance record and the
    identity of the result at once.
    """

    def run(self, capture: Capture | None, model: AudioModel | None) -> Result:
        """Answer the question.

        Parameters
        ----------
        capture
            What was recorded, or None for analyzers of weights alone.
        model
            The live model, or None for analyzers of recordings alone.
        """
        ...
