"""The same in Python: what a notebook calls, and what the commands are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnnviz import registry, workflow
from cnnviz.audio import Clips
from cnnviz.defaults import N_SHOWN
from cnnviz.errors import CaptureFormatError, ParameterError
from cnnviz.provenance import Provenance, command_line, now
from cnnviz.results import Evaluation, FilterResponses, Result
from cnnviz.run import Run

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.capture import Capture
    from cnnviz.evaluation import Comparison
    from cnnviz.model import AudioModel

Progress = Callable[[int, int], None]


def load_model(  # noqa: PLR0913 (one parameter per option of every command)
    reference: str,
    *,
    weights: str | None = None,
    sample_rate: int | None = None,
    n_samples: int | None = None,
    layout: str | None = None,
    frontend: Mapping[str, object] | None = None,
    class_names: Sequence[str] | None = None,
    trust_code: bool = False,
) -> AudioModel:
    """Load a model from any reference the command line understands.

    Parameters
    ----------
    reference
        ``"zoo:NAME"``, a checkpoint or state-dict file, ``"package.module:factory"`` or
        ``"file.py:factory"``, a ``.pt2`` program or a TorchScript archive.
    weights
        State dict for a factory.
    sample_rate
        Hz; needed when the file does not say.
    n_samples
        Audio samples per clip; None: as the file says, else any length.
    layout
        Axes of a waveform network's input: ``"bct"``, ``"bt"``, ``"btc"``; None: found by trying.
    frontend
        Waveform to network input, as in ``MODEL.json``.
    class_names
        In output order; None: as the file says.
    trust_code
        Open full pickles and run TorchScript: code of the file's author, with the user's rights.

    Raises
    ------
    ModelLoadError
        If the reference leads nowhere; the text says what to do.
    ParameterError
        If the input contract is incomplete; the text names what is missing.
    """
    from cnnviz import loaders

    return loaders.load_model(
        reference,
        weights=weights,
        sample_rate=sample_rate,
        n_samples=n_samples,
        layout=layout,
        frontend=frontend,
        class_names=None if class_names is None else tuple(class_names),
        trust_code=trust_code,
    )


def read_clips(
    folder: str | Path,
    *,
    layout: str | None = None,
    sample_rate: int | None = None,
    n_samples: int | None = None,
) -> Clips:
    """Read a folder of sounds; nothing is decoded yet.

    Parameters
    ----------
    folder
        A corpus in one of the known layouts, a CSV manifest, or a single sound file.
    layout
        Name of a file in ``cnnviz/datasets``; None: recognised.
    sample_rate, n_samples
        Rate in Hz and length the clips are delivered at; None: as they are.

    Raises
    ------
    AudioError
        If there is nothing to read, or more than a tenth of it is damaged.
    """
    from cnnviz import datasets

    return datasets.read_clips(
        Path(folder), layout=layout, sample_rate=sample_rate, n_samples=n_samples
    )


def filters(
    model: AudioModel | str | Path,
    *,
    layers: Sequence[str] = (),
    sample_rate: int | None = None,
    seed: int = 0,
) -> FilterResponses:
    """Read the convolutions of a model as digital filters.

    Parameters
    ----------
    model
        A model or a reference to one; a bare state dict is enough.
    layers
        Names of convolutions; empty: the first two.
    sample_rate
        Hz; needed when a reference is given that does not say.
    seed
        Of the untrained filters that tell tuned from untuned.
    """
    from cnnviz.analyzers.filter_responses import FrequencyResponses

    if isinstance(model, str | Path):
        model = load_model(str(model), sample_rate=sample_rate)
    return FrequencyResponses(layers=tuple(layers), seed=seed).run(Run(model=model))


def evaluate(
    model: AudioModel | str | Path,
    clips: Clips | str | Path,
    *,
    split: str | None = None,
    seed: int = 0,
    device: str | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Score a model on labelled clips.

    Parameters
    ----------
    model, clips
        Or a reference to a model, and the folder of labelled clips.
    split
        Clips to score; ``"all"``, or None: ``"test"`` if there is such a split, else all.
    seed
        Of the bootstrap.
    device
        As in `record`.
    progress
        Called with (clips done, clips in all).

    Raises
    ------
    ParameterError
        If the split has no clip, or no label is one of the model's classes.
    """
    from cnnviz.model import on_device

    model = load_model(str(model)) if isinstance(model, str | Path) else model
    clips = read_clips(clips) if isinstance(clips, str | Path) else clips
    split, clips = workflow.select_split(clips, split)
    return workflow.evaluate(
        on_device(model, device),
        clips if np.isfinite(clips.durations).all() else clips.screened(),
        split=split,
        seed=seed,
        progress=progress,
        provenance=Provenance(created=now(), command=command_line()),
    )


def compare(evaluation: Evaluation, other: Evaluation, *, seed: int = 0) -> Comparison:
    """Compare two models on the same clips, matched by name; differences are first - other.

    Raises
    ------
    ParameterError
        If their classes or clips are not the same.
    """
    return workflow.compare(evaluation, other, seed=seed)


def record(  # noqa: PLR0913 (one parameter per choice of the command)
    model: AudioModel,
    clips: Clips,
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
        Clips are delivered at the model's rate and length; those not checked yet
        (`Clips.screened`) are decoded once first, so that damaged files are left out.
    out
        Run folder; the capture is ``capture.h5`` in it.
    layers
        Names of layers; None: the first and second convolution.
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
    """
    from cnnviz import capture
    from cnnviz.model import on_device
    from cnnviz.workflow import match_clips

    model = on_device(model, device)
    model, clips = match_clips(
        model, clips if np.isfinite(clips.durations).all() else clips.screened()
    )
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
    audio: str = "flac",
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
        ``"flac"`` (exact) or ``"mp3"`` (smaller).
    clips
        Most clips to show, or ``"all"``.
    force
        Allow a single file over 100 MB.
    """
    run = run if isinstance(run, Run) else Run(results=run)
    if not len(run):
        raise ParameterError("the run has no results; allowed: one or more; see: cnnviz.analyze")
    title = title or next((r.provenance.model_name for r in run), "") or "cnnviz"
    reports = registry.load_sibling("reports")
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
