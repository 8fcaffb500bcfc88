"""From the name of a corpus to a folder that holds all of it, or to no folder at all."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cnnviz.clips import printable
from cnnviz.disk import in_words
from cnnviz.errors import DownloadError, ParameterError
from cnnviz.exchange import put_in_place

from .contents import faults, sizes_in
from .place import Fetched, check_replaceable, check_room, find, part_of, work_folder
from .receipt import Receipt, write_receipt
from .remote import Archive, RemoteCorpus
from .transfer import ResumingDownloader, size_of
from .unpacking import Limits, unpack

Tell = Callable[[str], None]
Advance = Callable[[str, int, int | None], None]


def fetch(
    corpus: RemoteCorpus,
    folder: Path,
    *,
    force: bool = False,
    tell: Tell = lambda _message: None,
    advance: Advance = lambda _what, _done, _total: None,
) -> Fetched:
    """Download, check and unpack a corpus; the folder appears whole or not at all.

    Beside the folder, ``<folder>.download`` holds what is not done yet: a part of the archive,
    with which the next call goes on. It is removed at the end. An archive of the right name
    that was put there by hand is taken instead of the download.

    Parameters
    ----------
    corpus
        One of the files of ``zoo/corpora/``.
    folder
        Where it goes. A folder that holds the corpus already is left as it is.
    force
        Fetch again and replace the folder, if cnnviz fetched it.
    tell
        Called with sentences for people.
    advance
        Called with what is done (``"download"`` or ``"unpack"``), how much, and of how much:
        bytes and files.

    Raises
    ------
    DownloadError
        If the corpus cannot be fetched whole; nothing is left at `folder` then.
    ParameterError
        If `folder` has no name of its own.
    """
    if folder.name in ("", ".."):
        raise ParameterError(
            f"out={str(folder)!r}; allowed: a folder of its own, which is made; give its name, "
            f"such as data/{corpus.name}"
        )
    if not force and (existing := find(corpus, folder)) is not None:
        return existing
    check_replaceable(corpus, folder)
    check_room(corpus, folder)
    work = work_folder(folder)
    for line in introduction(corpus, folder):
        tell(line)
    with _naming_disk_errors(corpus, work), _removing_if_empty(work):
        archive = _download(corpus, work, tell=tell, advance=advance)
        fetched = _unpack(corpus, archive, folder, tell=tell, advance=advance)
        shutil.rmtree(work)
    return fetched


def introduction(corpus: RemoteCorpus, folder: Path) -> tuple[str, ...]:
    """What is told before a download: size, licence, citation, and where it goes."""
    archive = corpus.archive
    size = "size not known before" if archive.n_bytes is None else in_words(archive.n_bytes)
    return (
        f"{corpus.title}: {corpus.n_clips:,} clips, {size} to download, "
        f"at most {in_words(archive.most_bytes)} on disk",
        f"from {archive.url}",
        f"to {folder}",
        f"licence: {corpus.licence} ({corpus.homepage})",
        f"please cite: {corpus.citation}",
    )


def _download(corpus: RemoteCorpus, work: Path, *, tell: Tell, advance: Advance) -> Path:
    """The archive, with the published digest if there is one that the host keeps."""
    import pooch

    archive, part = corpus.archive, part_of(corpus.archive, work)
    if size_of(part):
        tell(f"going on after {in_words(size_of(part))}")
    pooch.get_logger().setLevel("ERROR")
    downloader = ResumingDownloader(
        part=part,
        most_bytes=archive.most_bytes,
        n_bytes=archive.n_bytes if archive.is_fixed else None,
        advance=lambda done, total: advance("download", done, total),
    )
    digest = archive.digest if archive.is_fixed else None
    try:
        path = pooch.retrieve(
            archive.url, digest, fname=archive.file_name, path=work, downloader=downloader
        )
    except DownloadError as error:
        raise DownloadError(f"{corpus.name}: {error}; {_next_step(work, archive)}") from error
    except ValueError as error:
        raise DownloadError(
            f"{corpus.name}: the download has not the digest {digest}, which was published for it; "
            f"it was deleted; fetch it again, and if that does not help see {corpus.homepage}"
        ) from error
    return Path(path)


def _next_step(work: Path, archive: Archive) -> str:
    part = part_of(archive, work)
    n_bytes = size_of(part)
    stored = f"{in_words(n_bytes)} are kept in {part}; " if n_bytes else ""
    return (
        f"{stored}check the connection and run the same command again, or put the file "
        f"from elsewhere at {work / archive.file_name}"
    )


def _unpack(
    corpus: RemoteCorpus, archive: Path, folder: Path, *, tell: Tell, advance: Advance
) -> Fetched:
    sha256 = _sha256(corpus.archive, archive)
    checked = _checked(corpus.archive, archive, sha256, tell=tell)
    unpacked = archive.with_name("unpacked")
    shutil.rmtree(unpacked, ignore_errors=True)  # of a call that was killed
    limits = Limits(n_bytes=corpus.archive.most_bytes, n_members=2 * corpus.n_clips + 1_000)
    with _deleting_damaged(corpus, archive, unpacked):
        unpack(archive, unpacked, limits, advance=lambda n: advance("unpack", n, corpus.n_clips))
        root = unpacked / corpus.archive.root
        if missing := faults(corpus, root) if root.is_dir() else (f"no folder {root.name}",):
            raise DownloadError(f"{archive.name} is not whole: {'; '.join(missing)}")
        sizes = sizes_in(root)
        receipt = Receipt(
            name=corpus.name,
            url=corpus.archive.url,
            sha256=sha256,
            checked=checked,
            n_files=len(sizes),
            n_bytes=sum(sizes.values()),
        )
        write_receipt(root, receipt)
        put_in_place(root, folder)
    return Fetched(
        folder=folder, was_there=False, sha256=sha256, checked=checked, n_files=len(sizes)
    )


def _sha256(published: Archive, archive: Path) -> str:
    import pooch

    kind, _, digest = (published.digest or "").partition(":")
    if published.is_fixed and kind == "sha256":
        return digest  # pooch has compared it
    return str(pooch.file_hash(str(archive), alg="sha256"))


def _checked(published: Archive, archive: Path, sha256: str, *, tell: Tell) -> str:
    """The published digest that the archive has; empty, and told, if it cannot be compared."""
    import pooch

    if published.digest is None:
        tell(f"no digest was published; sha256 as received: {sha256}; the file list is checked")
        return ""
    kind, _, digest = published.digest.partition(":")
    if published.is_fixed or pooch.file_hash(str(archive), alg=kind) == digest:
        return published.digest
    tell(
        f"the archive is not the one others had ({published.digest}), which its host does not "
        f"promise; sha256 as received: {sha256}; the file list is checked"
    )
    return ""


@contextmanager
def _deleting_damaged(corpus: RemoteCorpus, archive: Path, unpacked: Path) -> Iterator[None]:
    """Delete what was unpacked if the block fails, and an archive that is to blame."""
    try:
        yield
    except DownloadError as error:
        archive.unlink(missing_ok=True)
        raise DownloadError(
            f"{corpus.name}: {error}; the archive was deleted and nothing is left of it; fetch it "
            f"again, and if that does not help see {corpus.homepage}"
        ) from error
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)


@contextmanager
def _removing_if_empty(work: Path) -> Iterator[None]:
    work.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with suppress(OSError):  # it holds a part, or is gone
            work.rmdir()


@contextmanager
def _naming_disk_errors(corpus: RemoteCorpus, work: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DownloadError(
            f"{corpus.name}: {printable(str(error.filename or work))} cannot be written "
            f"({error.strerror or error}); what was downloaded is kept in {work}; make room there "
            "or name another --out, and run the same command again"
        ) from error
