"""From a run to its results: what report, analyze and notebooks go through."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, cast

import numpy as np

from cnnviz import registry
from cnnviz.analyzer import analyzer_class
from cnnviz.errors import CnnvizError, DiskError, ParameterError
from cnnviz.forked import in_forks
from cnnviz.memory import give_back
from cnnviz.roles import UNKNOWN

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.audio import Clips
    from cnnviz.capture import Capture
    from cnnviz.model import AudioModel
    from cnnviz.results import Result
    from cnnviz.run import Run

Progress = Callable[[int, int], None]


def with_class_names(model: AudioModel, capture: Capture) -> AudioModel:
    """A model without class names takes those of the clips, if its scores confirm them."""
    if model.class_names or model.role not in ("classes", UNKNOWN):
        return model
    from cnnviz.evaluation.naming import confirmed_names

    clips, scores = capture.clips, np.asarray(capture.logits)
    return model.with_classes(confirmed_names(clips.labels, clips.class_names, scores))


def match_clips(model: AudioModel, clips: Clips) -> tuple[AudioModel, Clips]:
    """Deliver clips as the model takes them; the longest clip sets an open length."""
    n_samples = model.n_samples or clips.longest(model.sample_rate)
    clips = clips.at(sample_rate=model.sample_rate, n_samples=n_samples)
    return model.with_samples(n_samples), clips


def build_analyzer(name: str, **parameters: object) -> Analyzer:
    """An analyzer by its name.

    Raises
    ------
    UnknownNameError
        If there is no such analyzer; the text lists the known ones.
    ParameterError
        If it has no such parameter, or a value is not allowed.
    """
    from cnnviz.parameters import parameters_of

    kind = analyzer_class(name)
    names = [parameter.name for parameter in parameters_of(kind)]
    unknown = [parameter for parameter in parameters if parameter not in names]
    if unknown:
        raise ParameterError(
            f"{name} has no parameter {unknown[0]!r}; allowed: {', '.join(names) or 'none'}"
        )
    return cast("Analyzer", kind(**parameters))


def report_analyzers(run: Run) -> tuple[Analyzer, ...]:
    """The analyzers that a report runs on a run, as each file says for itself."""
    modules = (
        registry.load(registry.ANALYZERS, name) for name in registry.names(registry.ANALYZERS)
    )
    return tuple(analyzer for module in modules for analyzer in module.in_report(run))


def analyze(
    run: Run,
    analyzers: Iterable[Analyzer],
    *,
    progress: Progress | None = None,
    left_out: Callable[[str], None] | None = None,
    n_processes: int = 1,
) -> tuple[Result, ...]:
    """Run analyzers in turn; keep each result in the run as soon as it is there.

    A result that the folder already holds for the same parameters, model, clips and package
    versions is read, not computed again.

    Parameters
    ----------
    run
        Where they work, and where results are kept.
    analyzers
        Those to run.
    progress
        Called with (analyzers done, analyzers in all).
    left_out
        Called with the reason when an analyzer cannot run on this model or these clips;
        the others go on. None: the first such error ends it all.
    n_processes
        Analyzers that may run at once, each in a fork of this process, where results are kept.
    """
    from cnnviz.run import name_of

    analyzers_in_order = tuple(analyzers)
    if n_processes > 1 and run.folder is not None:
        _make_beside_each_other(run, analyzers_in_order, n_processes)
    results = []
    for done, analyzer in enumerate(analyzers_in_order):
        try:
            results.append(run.stored(analyzer) or run.keep(analyzer.run(run)))
        except DiskError:
            raise
        except CnnvizError as error:
            if left_out is None:
                raise
            left_out(f"{name_of(analyzer)}: {error}")
        if progress is not None:
            progress(done + 1, len(analyzers_in_order))
    give_back()
    return tuple(results)


def _make_beside_each_other(run: Run, analyzers: Iterable[Analyzer], n_processes: int) -> None:
    """Leave results in the folder; whoever asks for one that could not be made hears why."""

    def leave(analyzer: Analyzer) -> None:
        with suppress(CnnvizError):
            run.keep(analyzer.run(run))

    missing = [analyzer for analyzer in analyzers if run.stored(analyzer) is None]
    if len(missing) < 2:
        return
    from cnnviz.model.device import one_thread  # imports torch

    for package in sorted({name for one in missing for name in getattr(one, "imports", ())}):
        import_module(package)
    for _ in in_forks(leave, missing, n_processes=n_processes, sharing=one_thread, is_long=True):
        pass
