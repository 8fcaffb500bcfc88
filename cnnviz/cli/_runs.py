"""The run that a command works on: a folder, a model alone, or a model and clips."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.cli import _capturing, _options

if TYPE_CHECKING:
    from cnnviz.model import AudioModel
    from cnnviz.run import Run


def open_or_record(options: dict[str, Any]) -> Run:
    """The run to work on: a folder, a model alone, or a model and clips."""
    from cnnviz.provenance import Provenance, command_line, now
    from cnnviz.run import Run

    signature = Provenance(created=now(), command=command_line())
    reference, folder = options["reference"], options["folder"]
    if folder is None and Path(reference).is_dir():
        from cnnviz import api

        model = _recorded_model(Path(reference), options)
        return api.open_run(reference).using(model=model, signature=signature)
    if folder is None:
        model = _options.load(**options)
        out = _options.run_folder(model, options)
        return Run(out, model=model, signature=signature)
    model, capture = _capturing.load_or_record(reference, folder, options)
    model = _capturing.name_classes(model, capture)
    return Run(capture.path.parent, model=model, capture=capture, signature=signature)


def _recorded_model(run: Path, options: dict[str, Any]) -> AudioModel | None:
    """The model that a run was recorded with, where no code of its own is needed to load it."""
    from cnnviz.capture import read_spec
    from cnnviz.errors import CaptureFormatError, ModelLoadError
    from cnnviz.loaders import is_scheme
    from cnnviz.model import on_device

    try:
        recorded = read_spec(run).model
        if is_scheme(recorded.reference) and not recorded.reference.startswith("zoo:"):
            return None
        return on_device(recorded.load(), options["device"])
    except (CaptureFormatError, ModelLoadError):  # of an older run, or moved since
        return None
