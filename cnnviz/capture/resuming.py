"""What a run folder holds of a capture: its frozen list of clips, its whole and missing shards."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from cnnviz.audio import Clips
from cnnviz.capture.decoding import fault_of
from cnnviz.capture.spec import CaptureSpec, Shard, read_spec
from cnnviz.clips import clip_name
from cnnviz.errors import CaptureFormatError
from cnnviz.files import clear_partials
from cnnviz.store import Capture
from cnnviz.store.shards import FOLDER, read_identity, read_skipped


def screened_from_capture(clips: Clips, run: Path) -> Clips | None:
    """The list of clips that a run froze when it began, for files as they lie now.

    Their splits, groups and notes are those of today. Nothing that stands in the list is
    decoded again: a file that went bad since is one clip that the capture skips. None where the
    run has no list, or one of other clips.

    Parameters
    ----------
    clips
        As listed, not screened.
    run
        Run folder, which may be empty.
    """
    try:
        frozen = read_spec(run).clips
    except CaptureFormatError:
        return None
    frozen = _rooted(frozen, clips)
    is_known = np.isin(clips.names, frozen.names)
    is_left = np.isin(frozen.names, clips.names)
    if clips.take(is_known).digest != frozen.take(is_left).digest:
        return None
    new, gone = clips.take(~is_known), frozen.take(~is_left)
    faults = [fault_of(gone, i) for i in range(len(gone))]
    if None in faults:
        return None  # it could be used, and is not wanted
    skipped = _skipped(new, frozen.skipped)
    if skipped is None:
        return None
    lost = f"{len(gone)} of the run's clips are gone since it began" if len(gone) else ""
    return replace(frozen, skipped=skipped, remarks=(*clips.remarks, *([lost] if lost else [])))


def _rooted(frozen: Clips, clips: Clips) -> Clips:
    """The frozen list in the folder, and with the rate, length and texts, of the listed clips."""
    places = {name: i for i, name in enumerate(clips.names)}

    def told(field: str) -> tuple[str, ...]:
        now, then = getattr(clips, field), getattr(frozen, field)
        return tuple(
            now[places[name]] if name in places else then[i] for i, name in enumerate(frozen.names)
        )

    return replace(
        frozen,
        folder=clips.folder,
        paths=tuple(
            clips.paths[places[name]] if name in places else _moved(path, frozen, clips)
            for name, path in zip(frozen.names, frozen.paths, strict=True)
        ),
        splits=told("splits"),
        notes=told("notes"),
        groups=told("groups"),
        sample_rate=clips.sample_rate,
        n_samples=clips.n_samples,
    )


def _moved(path: Path, frozen: Clips, clips: Clips) -> Path:
    """Where a file would be now."""
    is_inside = path.is_relative_to(frozen.folder)
    return clips.folder / path.relative_to(frozen.folder) if is_inside else path


def _skipped(new: Clips, known: Sequence[str]) -> tuple[str, ...] | None:
    """What was skipped, with files that came later; None where one of those can be used."""
    reasons = list(known)
    for i, path in enumerate(new.paths):
        name = clip_name(path, new.folder)
        if not was_skipped(name, reasons):
            fault = fault_of(new, i)
            if fault is None:
                return None
            reasons.append(f"{name}: {fault}")
    return tuple(reasons)


def was_skipped(name: str, reasons: Collection[str]) -> bool:
    """Whether a file is among those that could not be used, by its name."""
    return any(reason.startswith(f"{name}: ") for reason in reasons)


def is_of_clips(capture: Capture, clips: Clips) -> bool:
    """Whether a capture is of these clips, but for those that it skipped."""
    is_kept = np.isin(clips.names, capture.clips.names)
    left_out = clips.take(~is_kept)
    return clips.take(is_kept).digest == capture.provenance.clips_digest and all(
        was_skipped(clip_name(path, clips.folder), capture.clips.skipped) for path in left_out.paths
    )


def missing_shards(clips: Clips, shards: Sequence[Shard]) -> list[Shard]:
    """Shards that are not there, or lack a clip that can be used again."""
    return [
        shard
        for shard in shards
        if not shard.path.is_file()
        or any(fault_of(clips, clip) is None for clip in read_skipped(shard.path))
    ]


def clear_run(spec: CaptureSpec, run: Path, *, overwrite: bool) -> None:
    """Remove what a killed run left half-written, and on request another capture.

    Raises
    ------
    CaptureFormatError
        If the folder holds shards of another capture and `overwrite` is False.
    """
    folder, identity = run / FOLDER, spec.identity()
    clear_partials(folder, nameless=True)
    own_paths = {shard.path for shard in spec.shards(run)}
    for path in sorted(folder.glob("part-*.h5")):
        shard_identity = {"file": "damaged"} if overwrite else read_identity(path)
        if path in own_paths and not overwrite and shard_identity == identity:
            continue
        if not overwrite:
            keys = {**identity, **shard_identity}
            changed = [k for k in keys if shard_identity.get(k) != identity.get(k)] or ["clips"]
            raise CaptureFormatError(
                f"{run} holds a capture made with other settings (different: "
                f"{', '.join(changed)}); add --overwrite to discard it, or name another folder "
                "with --out"
            )
        path.unlink()
    if overwrite:
        (run / "capture.h5").unlink(missing_ok=True)
