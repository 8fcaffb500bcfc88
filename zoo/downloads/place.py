"""The place where a corpus goes: what is there, and whether there is room."""

from dataclasses import dataclass
from pathlib import Path

from cnnviz import disk
from cnnviz.errors import DownloadError

from .contents import faults, sizes_in
from .receipt import changed_since, read_receipt
from .remote import Archive, RemoteCorpus
from .transfer import size_of

_SPARE = 2**26  # bytes that stay free on the disk


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """A corpus that is at hand.

    Parameters
    ----------
    folder
        Where it lies; `cnnviz.datasets.read_clips` reads it.
    was_there
        Whether nothing had to be done.
    sha256
        Of the archive as it was received; empty: the folder was not fetched by cnnviz.
    checked
        The published digest that it agreed with; empty: there is none, or another one.
    n_files
        Files in the folder.
    """

    folder: Path
    was_there: bool
    sha256: str
    checked: str
    n_files: int


def work_folder(folder: Path) -> Path:
    """Where things lie that are not done yet, beside the folder itself."""
    return folder.with_name(folder.name + ".download")


def part_of(archive: Archive, work: Path) -> Path:
    """Where the bytes of an archive are collected."""
    return work / f"{archive.file_name}.part"


def is_free(folder: Path) -> bool:
    """Whether nothing would be lost by writing there."""
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def find(corpus: RemoteCorpus, folder: Path) -> Fetched | None:
    """The corpus that is there already; None where nothing is.

    Raises
    ------
    DownloadError
        If something else is there, or only a part of it.
    """
    if is_free(folder):
        return None
    receipt = read_receipt(folder, corpus.name)
    if receipt is not None:
        problems: tuple[str, ...] = (changed_since(folder, receipt),)
    else:
        problems = faults(corpus, folder) if folder.is_dir() else ("it is a file",)
    if any(problems):
        step = "add --force to fetch it again" if receipt else "move it away or name another --out"
        raise DownloadError(
            f"{folder} is there and is not the whole {corpus.name}: {'; '.join(problems)}; {step}"
        )
    return Fetched(
        folder=folder,
        was_there=True,
        sha256=receipt.sha256 if receipt else "",
        checked=receipt.checked if receipt else "",
        n_files=len(sizes_in(folder)),
    )


def check_replaceable(corpus: RemoteCorpus, folder: Path) -> None:
    """Refuse to replace what cnnviz did not fetch.

    Raises
    ------
    DownloadError
        If the folder holds anything else.
    """
    if not is_free(folder) and read_receipt(folder, corpus.name) is None:
        raise DownloadError(
            f"{folder} is not a folder into which cnnviz fetched {corpus.name}; allowed: a new or "
            "empty folder, or one that was fetched; move it away or name another --out"
        )


def check_room(corpus: RemoteCorpus, folder: Path) -> None:
    """Refuse what would fill the disk.

    Raises
    ------
    DiskError
        If the archive and what may come out of it do not fit.
    """
    archive, work = corpus.archive, work_folder(folder)
    n_received = size_of(work / archive.file_name) or size_of(part_of(archive, work))
    needed = archive.most_bytes + max(0, (archive.n_bytes or archive.most_bytes) - n_received)
    disk.check_room(folder.parent, needed + _SPARE, what=corpus.name)
