"""The clips of a run, and the audio of some of them to play."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from cnnviz.parameters import Range, check_parameters
from cnnviz.results import ClipGallery, Evidence, Finding
from cnnviz.results.clip_gallery import is_synthetic

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.capture import Capture
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipAudio:
    """The table of clips, and which of them can be played.

    A capture keeps waveforms of up to 500 clips, spread evenly over the classes, and of each
    clip whose full maps it keeps. No published method is involved; Reference: none.

    Parameters
    ----------
    n_clips
        Most clips to play; those with full maps first.
    """

    n_clips: Annotated[int, Range(0)] = 500

    def __post_init__(self) -> None:
        check_parameters(self)

    def run(self, run: Run) -> ClipGallery:
        """Collect the clips of a capture.

        Raises
        ------
        ParameterError
            If there is no capture.
        """
        capture = run.capture
        chosen = thinned(capture.audio_index, keep=capture.map_index, n_clips=self.n_clips)
        return ClipGallery(
            clips=capture.clips,
            sample_rate=capture.sample_rate,
            audio_index=chosen,
            findings=(
                *describe_synthetic(capture.clips.notes),
                *describe_skipped(capture.clips.skipped),
                *describe_repeated(_repeats(capture)),
            ),
            provenance=run.provenance(self),
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:
    """Every run over clips has a gallery."""
    return (ClipAudio(),) if run.has_capture else ()


def thinned(index: np.ndarray, *, keep: np.ndarray, n_clips: int) -> np.ndarray:
    """Take at most `n_clips` of `index`, those in `keep` first, the rest evenly spaced.

    Returns
    -------
    np.ndarray
        Ascending, int64.

    Examples
    --------
    >>> thinned(np.arange(10), keep=np.array([3]), n_clips=4)
    array([0, 3, 4, 9])
    """
    if len(index) <= n_clips:
        return np.asarray(index, dtype=np.int64)
    first = np.intersect1d(index, keep)[:n_clips]
    rest = np.setdiff1d(index, first)
    places = np.round(np.linspace(0, len(rest) - 1, n_clips - len(first))).astype(int)
    return np.sort(np.concatenate([first, rest[places]])).astype(np.int64)


def describe_synthetic(notes: tuple[str, ...]) -> tuple[Finding, ...]:
    """Say of how many clips the note (clip,) says that a machine made them."""
    n_clips, n_synthetic = len(notes), sum(map(is_synthetic, notes))
    if not n_synthetic:
        return ()
    how_many = "all" if n_synthetic == n_clips else f"{n_synthetic:,} of {n_clips:,}"
    sentence = f"By their notes a machine made {how_many} clips."
    evidence = (
        Evidence(name="synthetic", value=n_synthetic, unit="clips"),
        Evidence(name="all", value=n_clips, unit="clips"),
    )
    return (Finding(id="synthetic_clips", sentence=sentence, evidence=evidence),)


def _repeats(capture: Capture) -> np.ndarray:
    """Whether the network makes of a clip exactly what it made of an earlier one, (clip,)."""
    rows = np.hstack([capture.logits, *(capture.pooled(n, "rms") for n in capture.layers)])
    bits = np.ascontiguousarray(rows, np.float32).view(np.uint32)  # NaN equals NaN
    _, first = np.unique(bits, axis=0, return_index=True)
    return ~np.isin(np.arange(len(rows)), first)


def describe_repeated(repeats: np.ndarray) -> tuple[Finding, ...]:
    """Say how many clips, (clip,) of bool, are to the network what an earlier clip is."""
    n_repeated, n_clips = int(repeats.sum()), len(repeats)
    if not n_repeated:
        return ()
    finding = Finding(
        id="repeated_clips",
        sentence=f"Of {n_repeated:,} of {n_clips:,} clips the network makes exactly the scores and "
        "the levels in every captured layer that it makes of an earlier clip; scores and "
        "intervals count each as a clip of its own.",
        severity="warning",
        evidence=(
            Evidence(name="repeated", value=n_repeated, unit="clips"),
            Evidence(name="all", value=n_clips, unit="clips"),
        ),
    )
    return (finding,)


def describe_skipped(skipped: tuple[str, ...]) -> tuple[Finding, ...]:
    """Say how many files could not be used."""
    if not skipped:
        return ()
    finding = Finding(
        id="skipped_files",
        sentence=f"{len(skipped):,} {'file was' if len(skipped) == 1 else 'files were'} skipped.",
        severity="warning",
        evidence=(Evidence(name="skipped", value=len(skipped), unit="files"),),
        fragment="skipped",
    )
    return (finding,)
