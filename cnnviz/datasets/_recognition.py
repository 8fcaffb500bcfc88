"""Which layout a folder has: named, or the first that matches."""

from dataclasses import replace
from pathlib import Path

from cnnviz import registry
from cnnviz.audio import Clips, refuse_if_mostly_bad
from cnnviz.clips import printable
from cnnviz.datasets import _speakers
from cnnviz.errors import AudioError

_FALLBACK = "folders"  # reads whatever holds sounds, so every other layout goes first


def read_clips(
    folder: str | Path,
    *,
    layout: str | None = None,
    sample_rate: int | None = None,
    n_samples: int | None = None,
    align: str = "start",
    split_by_speaker: bool = False,
) -> Clips:
    """Read a corpus; nothing is decoded yet (see `Clips.screened`).

    Parameters
    ----------
    folder
        A corpus in one of the known layouts, a CSV manifest, or a single sound file.
    layout
        Name of a file of this folder; None: recognised.
    sample_rate, n_samples
        Rate in Hz and length in audio samples the clips are delivered at; None: as they are.
    align
        What stays of a clip that is cropped or padded: ``"start"`` or ``"centre"``.
    split_by_speaker
        Split a corpus that names speakers but no split: 80 % of them train, 10 % each are for
        validation and test.

    Returns
    -------
    Clips
        In alphabetical order of their paths, or in the order of their list.

    Raises
    ------
    AudioError
        If there is no sound, or more than a tenth of the listed files does not exist.
    UnknownNameError
        If no layout has this name.
    ParameterError
        If `sample_rate`, `n_samples` or `align` is out of range, or there is nothing to split.
    """
    try:
        clips, remarks = _read(Path(folder), layout)
    except OSError as error:
        raise AudioError(
            f"{printable(str(folder))} cannot be read ({error.strerror or error}); allowed: a "
            "folder of sounds, a CSV manifest or a sound file; check its name and permissions"
        ) from error
    clips = replace(clips, remarks=remarks)
    if split_by_speaker:
        clips = _speakers.split_by_speaker(clips)
    return replace(clips, sample_rate=sample_rate, n_samples=n_samples, align=align)


def _read(folder: Path, layout: str | None) -> tuple[Clips, tuple[str, ...]]:
    """Clips, and remarks on them."""
    if not folder.exists():
        raise AudioError(
            f"{printable(str(folder))} does not exist; allowed: a folder of sounds, a CSV "
            "manifest or a sound file; check the path"
        )
    fitting = (layout,) if layout is not None else matching(folder)
    reader = registry.load(__package__ or "", fitting[0])
    if folder.is_file() and not reader.matches(folder):
        raise AudioError(
            f"{printable(str(folder))} is a file that the layout {fitting[0]!r} cannot read; "
            "allowed: a sound file (wav, flac, ogg, mp3), a CSV manifest, or a folder"
        )
    clips: Clips = reader.read(folder)
    refuse_if_mostly_bad(clips.skipped, len(clips), folder)
    others = ", ".join(fitting[1:])
    also = (f"also fits {others}; choose with --clip-layout",) if others else ()
    return clips, clips.remarks + also


def matching(folder: Path) -> tuple[str, ...]:
    """Names of the layouts that fit, best first; the plain one only when no other does."""
    package = __package__ or ""
    special = [name for name in registry.names(package) if name != _FALLBACK]
    fitting = tuple(name for name in special if registry.load(package, name).matches(folder))
    return fitting or (_FALLBACK,)
