"""Runs in Python: recorded, opened, analyzed, drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnnviz import registry, workflow
from cnnviz.api.inputs import load_model, read_clips
from cnnviz.defaults import N_SHOWN
from cnnviz.errors import CaptureFormatError, CnnvizError, ParameterError
from cnnviz.provenance import Provenance, command_line, now
from cnnviz.run import Run

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.audio import Clips
    from cnnviz.capture import Capture
    from cnnviz.model import AudioModel
    from cnnviz.results import Result

Progress = Callable[[int, int], None]


def record(  # noqa: PLR0913 (one parameter per choice of the command)
    model: AudioModel | str | Path,
    clips: Clips | str | Path,
    *,
    out: str | Path,
    layers: Sequence[str] | None = None,
    n_maps: int = N_SHOWN,
    device: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Capture:
    """Run clips through a model once and keep the outputs of its layers.

    Parameters
    ----------
    model, clips
        Or a reference to a model, and a folder. Clips are delivered at the model's rate and
        length; those not checked yet (`Clips.screened`) are decoded once first, so that damaged
        files are left out.
    out
        Run folder; the capture is ``capture.h5`` in it. Where it holds a list of the same clips
        already, that list stands: files that went bad since are skipped, and said in `clips`.
    layers
        Names of layers; None: every convolution, and the layer before the last.
    n_maps
        Clips whose full feature maps are kept, spread over the classes.
    device
        ``"cpu"``, ``"cuda"``, ``"cuda:N"``, ``"mps"`` or ``"auto"``; None: where the network is.
        On another device a copy runs, and yours stays where it is.
    overwrite
        Discard another capture that stands in `out`; a capture of the same model and clips
        is continued where it stopped.
    progress
        Called with (clips done, clips in all).

    Examples
    --------
    >>> import cnnviz, zoo
    >>> model = cnnviz.load_model("zoo:sinc_net")
    >>> clips = cnnviz.read_clips(zoo.clips_folder()).take(range(0, 60, 5))
    >>> with cnnviz.record(model, clips, out="runs/mine", n_maps=2) as capture:
    ...     capture.logits.shape
    (12, 12)
    """
    from cnnviz import capture
    from cnnviz.model import on_device
    from cnnviz.workflow import match_clips

    model = load_model(str(model)) if isinstance(model, str | Path) else model
    clips = read_clips(clips) if isinstance(clips, str | Path) else clips
    model = on_device(model.require_scores(), device)
    frozen = None if overwrite else capture.screened_from_capture(clips, Path(out))
    if frozen is None and not np.isfinite(clips.durations).all():
        frozen = clips.screened()
    model, clips = match_clips(model, clips if frozen is None else frozen)
    return capture.record(
        model,
        clips,
        out=Path(out),
        choices=capture.Choices(layers=tuple(layers or ()), n_maps=n_maps),
        overwrite=overwrite,
        progress=progress,
        provenance=Provenance(created=now(), command=command_line()),
    )


def open_run(folder: str | Path) -> Run:
    """Open a run: its capture, and its results by id.

    Raises
    ------
    CaptureFormatError
        If the folder holds neither a capture nor results, or one of them is damaged.

    Examples
    --------
    >>> import cnnviz, zoo
    >>> model = cnnviz.load_model("zoo:sinc_net")
    >>> clips = cnnviz.read_clips(zoo.clips_folder()).take(range(0, 60, 5))
    >>> cnnviz.record(model, clips, out="runs/mine", n_maps=2).close()
    >>> cnnviz.open_run("runs/mine")
    <Run: runs/mine; results: none>
    """
    run = Run(folder)
    n_results = len(run)
    if run.unreadable:
        raise CaptureFormatError(run.unreadable[0])
    if not run.has_capture and not n_results:
        raise CaptureFormatError(
            f"{folder} is no run; allowed: a folder with capture.h5 or results/*.h5; "
            "make one with: cnnviz report MODEL CLIPS --out RUN"
        )
    return run


def analyze(
    run: Run | str | Path,
    analyzer: str | Analyzer,
    *,
    model: AudioModel | str | None = None,
    progress: Progress | None = None,
    **parameters: object,
) -> Result:
    """Run one analyzer, and keep its result in the run.

    Parameters
    ----------
    run
        An open run, or its folder.
    analyzer
        Name of a file in ``cnnviz/analyzers``, or an analyzer with its parameters.
    model
        The live model or a reference to it, for analyzers that need one; None: that of the run.
    progress
        Called with (steps done, steps in all) by analyzers that take long.
    parameters
        Of the analyzer, when it is named.

    Raises
    ------
    UnknownNameError
        If there is no analyzer of this name.
    ParameterError
        If a parameter is not allowed, or the run lacks what the analyzer needs.

    Examples
    --------
    >>> import cnnviz, zoo
    >>> model = cnnviz.load_model("zoo:sinc_net")
    >>> clips = cnnviz.read_clips(zoo.clips_folder()).take(range(0, 60, 5))
    >>> cnnviz.record(model, clips, out="runs/mine", n_maps=2).close()
    >>> embedding = cnnviz.analyze("runs/mine", "pca_embedding")
    >>> list(embedding.views)
    ['points', 'variance']
    """
    if isinstance(analyzer, str):
        analyzer = workflow.build_analyzer(analyzer, **parameters)
    elif parameters:
        raise ParameterError(
            f"parameters {', '.join(parameters)} stand beside an analyzer that has its own; "
            "allowed: beside a name"
        )
    run = Run(run) if isinstance(run, str | Path) else run
    run = run.using(
        model=load_model(model) if isinstance(model, str) else model,
        signature=Provenance(created=now(), command=command_line()),
        progress=progress,
    )
    (result,) = workflow.analyze(run, [analyzer])
    return result


def render(
    run: Run | Sequence[Result],
    out: str | Path,
    *,
    title: str | None = None,
    as_: str = "auto",
    audio: str = "wav",
    clips: int | str = 500,
    force: bool = False,
) -> Path:
    """Write the HTML report of results; gives the path of its first page.

    Parameters
    ----------
    run
        A run, such as `open_run` gives, or results alone.
    out
        Folder of the report.
    title
        None: the name of the model.
    as_
        ``"file"``, ``"folder"`` or ``"auto"``: a file while it stays under 25 MB.
    audio
        ``"wav"`` (exact) or ``"mp3"`` (smaller).
    clips
        Most clips to show, or ``"all"``.
    force
        Allow a single file over 100 MB.

    Examples
    --------
    >>> import cnnviz
    >>> filters = cnnviz.filters("zoo:sinc_net", layers=["conv1"])
    >>> cnnviz.render([filters], "page").name
    'index.html'
    """
    run = run if isinstance(run, Run) else Run(results=run)
    if not len(run):
        raise ParameterError("the run has no results; allowed: one or more; see: cnnviz.analyze")
    title = title or next((r.provenance.model_name for r in run), "") or "cnnviz"
    reports = registry.load_sibling("reports")
    with _read_from(run):
        page: Path = reports.render(
            run,
            Path(out),
            title=title,
            as_=as_,
            audio=audio,
            clips=clips,
            force=force,
        )
    return page


@contextmanager
def _read_from(run: Run) -> Iterator[None]:
    """Files that do not fit together are named, where nothing but files made a run."""
    from cnnviz.store.results import NOT_WHOLE

    try:
        yield
    except CnnvizError:
        raise
    except NOT_WHOLE as error:
        if run.folder is None or run.has_model:
            raise
        raise CaptureFormatError(
            f"{run.folder} holds values that do not fit together ({type(error).__name__}: "
            f"{str(error)[:200]}); allowed: what cnnviz wrote there; make the run anew, or, if "
            "nobody changed its files, report a defect with the output of --debug"
        ) from error
