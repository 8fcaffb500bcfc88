"""A run: one folder, and the clips, the capture, the model and the results that belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from cnnviz.defaults import ReportOptions
from cnnviz.errors import CaptureFormatError, ParameterError
from cnnviz.provenance import Provenance, describe_parameters, describe_platform, versions
from cnnviz.roles import has_classes, is_same_role

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.capture import Predictions
    from cnnviz.model import AudioModel
    from cnnviz.results import Result, Results
    from cnnviz.store import Capture

Progress = Callable[[int, int], None]
R = TypeVar("R")


class Run:
    """What an analyzer works on and where its result is kept.

    Iterating gives the results. What is missing raises when it is asked for, with the next step.

    Parameters
    ----------
    folder
        Where capture and results lie; None: nothing is kept.
    model
        The live model; None: only what was recorded is known.
    capture
        What was recorded, or mere scores of clips; None: that of the folder, if it holds one.
    results
        Results that are at hand beside those of the folder.
    options
        For the analyzers of a report.
    signature
        Whose `created` and `command` new results carry; None: those of the capture.
    progress
        Called with (steps done, steps in all) by analyzers that take long.
    """

    unreadable: list[str]
    """Why files among the folder's results could not be read, once those were asked for."""

    def __init__(
        self,
        folder: Path | str | None = None,
        *,
        model: AudioModel | None = None,
        capture: Capture | Predictions | None = None,
        results: Iterable[Result] = (),
        options: ReportOptions | None = None,
        signature: Provenance | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.folder = None if folder is None else Path(folder)
        self.options = options or ReportOptions()
        self._model, self._capture, self._signature = model, capture, signature
        self._progress = progress
        self._results = list(results)
        self._has_read = self.folder is None
        self.unreadable = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file of the capture."""
        if self._capture is not None and hasattr(self._capture, "close"):
            self._capture.close()

    @property
    def has_model(self) -> bool:
        """Whether a live model is at hand."""
        return self._model is not None

    @property
    def has_capture(self) -> bool:
        """Whether clips were recorded."""
        return self._capture is not None or self._index is not None

    @property
    def model(self) -> AudioModel:
        """The live model.

        Raises
        ------
        ParameterError
            If there is none.
        """
        if self._model is None:
            raise ParameterError(
                f"{self._name} has no live model, which this analyzer needs; allowed: a run with "
                "its model; name it: cnnviz analyze NAME MODEL CLIPS"
            )
        return self._model

    @property
    def network(self) -> AudioModel:
        """The live model, of which the network can run.

        Raises
        ------
        ParameterError
            If there is no model.
        UnsupportedModelError
            If the model is weights alone.
        """
        return self.model.require_network()

    @property
    def capture(self) -> Capture:
        """What was recorded.

        Raises
        ------
        ParameterError
            If nothing was.
        """
        if self._capture is None and self._index is not None:
            from cnnviz.store import open_capture

            self._capture = open_capture(self._index)
        if self._capture is None:
            raise ParameterError(
                f"{self._name} has no capture, which this analyzer needs; allowed: a run over "
                "clips; make one: cnnviz capture MODEL CLIPS --out RUN"
            )
        return self._capture  # type: ignore[return-value]

    @property
    def role(self) -> str:
        """What the network's output is for; empty where nobody said."""
        if self.has_model:
            return self.model.role
        return self.capture.provenance.output_role if self.has_capture else ""

    @property
    def has_classes(self) -> bool:
        """Whether the outputs are classes of which each clip has one."""
        if self.has_model:
            return self.model.has_classes
        names = getattr(getattr(self.capture, "head", None), "model_classes", ())
        return not self.role or has_classes(self.role, names)

    @property
    def results(self) -> Results:
        """Results of this capture by their id, those of the folder among them."""
        from cnnviz.results import Results

        return Results({result.id: result for result in self})

    def find(self, kind: type[R]) -> tuple[R, ...]:
        """Results of one type, in the order of the page."""
        return tuple(result for result in self if isinstance(result, kind))

    def __iter__(self) -> Iterator[Result]:
        self._read_folder()
        return iter(sorted(self._results, key=_sort_key))

    def __len__(self) -> int:
        self._read_folder()
        return len(self._results)

    def _repr_html_(self) -> str:
        return self.results._repr_html_()

    def __repr__(self) -> str:
        return f"<Run: {self._name}; results: {', '.join(self.results) or 'none'}>"

    def using(
        self,
        *,
        model: AudioModel | None = None,
        signature: Provenance | None = None,
        progress: Progress | None = None,
    ) -> Run:
        """The same run with another model, signature or progress; None: as it is."""
        self._read_folder()
        run = copy(self)  # one list of results for both
        changes = {"_model": model, "_signature": signature, "_progress": progress}
        vars(run).update({name: value for name, value in changes.items() if value is not None})
        return run

    def advance(self, done: int, total: int) -> None:
        """Tell whoever watches how far an analyzer is."""
        if self._progress is not None:
            self._progress(done, total)

    def provenance(self, analyzer: Analyzer) -> Provenance:
        """Record that an analyzer, a dataclass of parameters, ran on this run."""
        if self.has_capture:
            base = self.capture.provenance
        else:
            base = Provenance(model_name=self.model.name, model_digest=self.model.digest)
        notices = self.model.notices if self.has_model else base.model_notices
        base = replace(base, output_role=self.role, model_notices=notices)
        if self._signature is not None:
            base = replace(base, created=self._signature.created, command=self._signature.command)
        return replace(
            base,
            analyzer=name_of(analyzer),
            parameters=describe_parameters(analyzer),
            seed=getattr(analyzer, "seed", None),
            versions=versions(),
            platform=describe_platform(),
        )

    def stored(self, analyzer: Analyzer) -> Result | None:
        """The result of an analyzer that the folder holds from the same package versions."""
        if self.folder is None:
            return None
        from cnnviz import store

        provenance = self.provenance(analyzer)
        with suppress(CaptureFormatError):  # not there, or damaged: made anew
            result = store.read(self.path_of(f"{provenance.analyzer}-{provenance.digest}"))
            if result.provenance.versions == provenance.versions:
                return self._hold(result)
        return None

    def keep(self, result: Result) -> Result:
        """Add a result, and write it when there is a folder."""
        if self.folder is not None:
            from cnnviz import store

            store.write(result, self.path_of(result.id))
        return self._hold(result)

    def _hold(self, result: Result) -> Result:
        """Have a result among the others, in place of one with its id."""
        self._read_folder()
        self._results[:] = [*(one for one in self._results if one.id != result.id), result]
        return result

    @property
    def _name(self) -> str:
        return "this run" if self.folder is None else str(self.folder)

    @property
    def _index(self) -> Path | None:
        """Index of the folder's capture; None where there is none."""
        path = None if self.folder is None else self.folder / "capture.h5"
        return path if path is not None and path.is_file() else None

    def path_of(self, result_id: str) -> Path:
        """File of a result, in a run with a folder."""
        assert self.folder is not None
        return self.folder / "results" / f"{result_id}.h5"

    def _read_folder(self) -> None:
        """Read the folder's results once; those of another capture than this one are left."""
        if self._has_read:
            return
        self._has_read = True
        from cnnviz import store

        ids = {result.id for result in self._results}
        # sorted, so that ids come before the names that older runs gave
        for path in store.tried(sorted(self.path_of("any").parent.glob("*.h5"))):
            try:
                result = store.read(path)
            except CaptureFormatError as error:
                self.unreadable.append(str(error))
                continue
            if self._belongs(result) and result.id not in ids:
                ids.add(result.id)
                self._results.append(result)

    def _belongs(self, result: Result) -> bool:
        if not self.has_capture:
            return True
        of_result, of_capture = result.provenance, self.capture.provenance
        if not is_same_role(of_result.output_role, of_capture.output_role):
            return False
        is_of_model = of_result.model_digest == of_capture.model_digest
        return is_of_model and of_result.clips_digest in ("", of_capture.clips_digest)


def _sort_key(result: Result) -> tuple[str, bool, str, str]:
    """One order for a run just made and one read back; integrated gradients lead."""
    method = getattr(result, "method", "")
    return (result.module_name, method != "integrated_gradients", method, result.id)


def name_of(analyzer: Analyzer) -> str:
    """Name of an analyzer: that of its file."""
    return type(analyzer).__module__.rpartition(".")[2]
