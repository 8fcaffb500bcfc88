"""Whether a folder holds the whole corpus: its file list, and what its layout reads."""

import fnmatch
import os
from collections.abc import Collection
from pathlib import Path

import numpy as np

from cnnviz.clips import printable
from cnnviz.datasets import read_clips
from cnnviz.errors import CnnvizError

from .remote import RemoteCorpus

RECEIPT = ".fetched.json"
_MOST_DECODED = 500


def sizes_in(folder: Path) -> dict[str, int]:
    """Bytes of each file below a folder by its relative name, without the receipt."""
    sizes: dict[str, int] = {}
    for here, _, names in os.walk(folder):
        for name in names:
            path = Path(here, name)
            sizes[path.relative_to(folder).as_posix()] = path.lstat().st_size
    sizes.pop(RECEIPT, None)
    return sizes


def faults(corpus: RemoteCorpus, folder: Path) -> tuple[str, ...]:
    """What a folder lacks of the corpus, in words for people; empty: it is whole.

    Three lists are compared: the names and counts that the entry of the corpus states, the
    lists that lie in the corpus itself, and what its layout reads, which includes the tables
    of NSynth, UrbanSound8K and ESC-50. Up to 500 sounds, evenly over the corpus, are decoded.
    """
    names = sizes_in(folder)
    return (
        *_wrong_counts(corpus, names),
        *_missing(corpus, folder, names),
        *_unreadable(corpus, folder),
    )


def _wrong_counts(corpus: RemoteCorpus, names: Collection[str]) -> list[str]:
    counted = [(c, len(fnmatch.filter(names, c.pattern))) for c in corpus.counts]
    return [
        f"{n_found:,} files {count.pattern} instead of {count.n_files:,}"
        for count, n_found in counted
        if n_found != count.n_files
    ]


def _missing(corpus: RemoteCorpus, folder: Path, names: Collection[str]) -> list[str]:
    expected = list(corpus.files)
    for name in corpus.lists:
        if name in names:
            lines = (folder / name).read_text("utf-8", errors="replace").splitlines()
            expected += [line.strip() for line in lines if line.strip()]
    missing = [name for name in expected if name not in names]
    if not missing:
        return []
    return [f"{len(missing):,} listed files are missing, the first: {printable(missing[0])}"]


def _unreadable(corpus: RemoteCorpus, folder: Path) -> list[str]:
    try:
        clips = read_clips(folder, layout=corpus.layout)
        places = np.linspace(0, len(clips) - 1, min(len(clips), _MOST_DECODED))
        sounds = clips.take(places.round().astype(int)).screened()
    except CnnvizError as error:
        return [str(error).partition("; allowed")[0]]
    problems = []
    if skipped := sounds.skipped:  # those that were missing, and those that are no sounds
        problems.append(f"{len(skipped):,} listed sounds cannot be used: {skipped[0]}")
    labelled = set(clips.labels[clips.labels >= 0].tolist())
    if len(labelled) != corpus.n_classes:
        problems.append(f"{len(labelled)} classes instead of {corpus.n_classes}")
    return problems
