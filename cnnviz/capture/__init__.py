"""Run clips through a model once, and read what its layers answered."""

from collections.abc import Callable
from pathlib import Path

from cnnviz.audio import Clips
from cnnviz.capture.choices import Choices
from cnnviz.capture.indexing import describe_frontend, write_capture
from cnnviz.capture.plan import Estimate, Plan, check_layers, prepare
from cnnviz.capture.predictions import Predictions, predict
from cnnviz.capture.recording import record_part, record_shards
from cnnviz.capture.resuming import clear_run, is_of_clips, screened_from_capture
from cnnviz.capture.spec import CaptureSpec, read_spec, write_spec
from cnnviz.disk import check_room
from cnnviz.lock import one_at_a_time
from cnnviz.model import AudioModel
from cnnviz.provenance import Provenance
from cnnviz.store import INDEX, Capture, ExemplarTable, open_capture
from cnnviz.store.shards import FOLDER

__all__ = [
    "INDEX",
    "Capture",
    "CaptureSpec",
    "Choices",
    "Estimate",
    "ExemplarTable",
    "Plan",
    "Predictions",
    "check_layers",
    "describe_frontend",
    "is_of_clips",
    "open_capture",
    "predict",
    "prepare",
    "read_spec",
    "record",
    "record_part",
    "record_plan",
    "screened_from_capture",
    "write_spec",
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
    AudioError
        If more than a tenth of the clips cannot be decoded any more; fewer are skipped.
    BusyError
        If another process records into `out`.
    DiskError
        If the disk has no room for it.
    CaptureFormatError
        If `out` holds a capture of another model, other clips or other choices.
    LayerNotFoundError
        If a layer is not in the network.
    """
    plan = prepare(model, clips, choices)
    return record_plan(plan, out=out, overwrite=overwrite, progress=progress, provenance=provenance)


def record_plan(
    plan: Plan,
    *,
    out: Path,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
    provenance: Provenance | None = None,
    told: Callable[[str], None] | None = None,
) -> Capture:
    """Do what `prepare` planned; see `record`.

    Parameters
    ----------
    told
        Called with a sentence when a dead process had begun it and did not finish.

    Raises
    ------
    BusyError
        If another process records into `out`.
    DiskError
        If the disk has no room for it.
    """
    run = Path(out)
    with one_at_a_time(run / FOLDER, told=told):
        needed = plan.bytes_to_write(run, overwrite=overwrite)
        check_room(run, needed, what=f"the capture in {run}")
        clear_run(plan.spec, run, overwrite=overwrite)
        write_spec(plan.spec, run)
        shards = plan.spec.shards(run)
        record_shards(plan.spec, plan.model, shards, run=run, progress=progress)
        parts = tuple(shard.path for shard in shards)
        path = write_capture(plan, parts, run=run, provenance=provenance or Provenance())
    return Capture(path)
