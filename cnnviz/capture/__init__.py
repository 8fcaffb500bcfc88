"""Run clips through a model once, and read what its layers answered."""

from collections.abc import Callable
from pathlib import Path

from cnnviz.audio import Clips
from cnnviz.capture.indexing import describe_frontend, write_capture
from cnnviz.capture.plan import Choices, Estimate, Plan, prepare
from cnnviz.capture.predictions import Predictions, predict
from cnnviz.capture.recording import record_shards
from cnnviz.model import AudioModel
from cnnviz.provenance import Provenance
from cnnviz.store import INDEX, Capture, ExemplarTable, open_capture

__all__ = [
    "INDEX",
    "Capture",
    "Choices",
    "Estimate",
    "ExemplarTable",
    "Plan",
    "Predictions",
    "carry_out",
    "describe_frontend",
    "open_capture",
    "predict",
    "prepare",
    "record",
]


def record(
    model: AudioModel,
    clips: Clips,
    *,
    out: Path,
    choices: Choices | None = None,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
    provenance: Provenance | None = None,
) -> Capture:
    """Run clips through a model and keep what its layers answered.

    One pass with memory bounded by the batch. What a killed run has finished is not done
    again: call it again with the same arguments.

    Parameters
    ----------
    model
        Borrowed; nothing about it differs afterwards.
    clips
        Delivered at the model's sample rate and one length.
    out
        Run folder: ``capture.h5`` and the shards in ``capture/`` are written there.
    choices
        Layers, number of full maps, storage; None: the defaults.
    overwrite
        Discard another capture that stands in `out`.
    progress
        Called with (clips done, clips in all).
    provenance
        Its `created` and `command` are kept; the rest is filled in.

    Raises
    ------
    CaptureFormatError
        If `out` holds a capture of another model, other clips or other choices.
    LayerNotFoundError
        If a layer is not in the network.
    """
    plan = prepare(model, clips, choices)
    return carry_out(plan, out=out, overwrite=overwrite, progress=progress, provenance=provenance)


def carry_out(
    plan: Plan,
    *,
    out: Path,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
    provenance: Provenance | None = None,
) -> Capture:
    """Do what `prepare` planned; see `record`."""
    run = Path(out)
    parts = record_shards(plan, run, overwrite=overwrite, progress=progress)
    path = write_capture(plan, parts, run=run, provenance=provenance or Provenance())
    return Capture(path)
