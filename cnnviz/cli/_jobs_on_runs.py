"""Tasks on a run and its model: what they are told, and how a worker has both again."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.cli import _options
from cnnviz.cli._runs import open_or_record

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.run import Run

_OF_MODEL = (
    "reference", "folder", "weights", "sample_rate", "n_samples", "layout", "frontend", "classes",
    "output", "trust_code", "max_memory",
)  # fmt: skip


def is_job(options: Mapping[str, Any]) -> bool:
    """Whether workers were asked for."""
    return any(options[name] is not None for name in ("executor", "workers", "devices"))


def arguments_of(run: Run, options: Mapping[str, Any]) -> dict[str, Any]:
    """What `opened_again` needs, in words that JSON has."""
    return {
        "directory": str(Path.cwd()),
        "run": str(Path(str(run.folder)).resolve()),
        "options": {name: options.get(name) for name in _OF_MODEL},
    }


def opened_again(directory: str, run: str, options: dict[str, Any], *, device: str) -> Run:
    """A run and its model in a worker, wherever it is.

    Parameters
    ----------
    directory
        Where the command was given, from which paths are told.
    run
        Folder of the run.
    options
        Of the command: what the model is loaded with.
    device
        Where the model is to be.
    """
    from cnnviz import workflow
    from cnnviz.run import Run

    os.chdir(directory)
    if options["folder"] is None and Path(options["reference"]).is_dir():
        return open_or_record({**options, "reference": run, "device": device})
    model = _options.load(**options, device=device)
    opened = Run(run, model=model)
    if options["folder"] is None:
        return opened
    return opened.using(model=workflow.with_class_names(model, opened.capture))


def parameters_of(analyzer: Analyzer) -> dict[str, Any]:
    """Parameters of an analyzer in words that JSON has."""
    words: dict[str, Any] = json.loads(json.dumps(asdict(analyzer)))  # type: ignore[call-overload]
    return words


def named_with_parameters(name: str, parameters: Mapping[str, Any]) -> Analyzer:
    """An analyzer by its name and what `parameters_of` said."""
    from cnnviz import workflow

    tuples = {k: tuple(v) if isinstance(v, list) else v for k, v in parameters.items()}
    return workflow.build_analyzer(name, **tuples)
