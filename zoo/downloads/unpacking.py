"""Unpacking archives that nobody vouches for: regular files below one folder, bounded.

Links, devices, absolute names, names with ``..`` and archives that hold more than was
declared are refused before anything of the offending member is written.
"""

import gzip
import re
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, NoReturn, cast

from cnnviz.clips import printable
from cnnviz.errors import DownloadError

Advance = Callable[[int], None]
_MOST_RATIO = 50  # sound shrinks to a tenth at best
_MOST_HEADER = 16 * 2**20  # bytes of one name or comment in a tar archive
_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile)
_ENCRYPTED = 0x1


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What may come out of an archive at most.

    Parameters
    ----------
    n_bytes
        Sum over all files.
    n_members
        Files and folders.
    """

    n_bytes: int
    n_members: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Member:
    name: str
    n_bytes: int
    kind: str  # "file", "folder", or what else it is
    open: Callable[[], IO[bytes] | None]


def unpack(archive: Path, folder: Path, limits: Limits, *, advance: Advance) -> int:
    """Write the files of an archive below a folder, which is made.

    Parameters
    ----------
    archive
        A ``.tar.gz`` or ``.zip`` file.
    folder
        Must not exist.
    limits
        Declared size; an archive that also swells to more than fifty times itself is refused.
    advance
        Called with the number of files written so far.

    Returns
    -------
    int
        Number of files.

    Raises
    ------
    DownloadError
        If the archive is damaged, or holds what does not belong below one folder.
    """
    folder.mkdir(parents=True)
    most = min(limits.n_bytes, _MOST_RATIO * archive.stat().st_size + 2**20)
    n_members = n_files = n_bytes = 0
    with _naming_damage(archive), _members(archive) as members:
        for member in members:
            n_members, n_bytes = n_members + 1, n_bytes + member.n_bytes
            if n_members > limits.n_members:
                _refuse(archive, f"it holds more than {limits.n_members:,} members")
            if n_bytes > most:
                _refuse(archive, f"it swells to more than {most:,} bytes")
            path = folder.joinpath(*_parts(archive, member))
            if member.kind == "folder":
                path.mkdir(parents=True, exist_ok=True)
            else:
                _write(member, path)
                n_files += 1
                advance(n_files)
    return n_files


def _parts(archive: Path, member: _Member) -> list[str]:
    """Parts of a name that stays inside, of a member that is a file or a folder."""
    name = member.name
    if member.kind not in ("file", "folder"):
        _refuse(archive, f"its member {printable(name)} is a {member.kind}")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or "\\" in name or "\0" in name:
        _refuse(archive, f"its member {printable(name)} has no relative name")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        _refuse(archive, f"its member {printable(name)} leaves the folder")
    if not parts and member.kind == "file":
        _refuse(archive, "one of its files has no name")
    return parts


def _write(member: _Member, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    source = member.open()
    if source is None:
        raise tarfile.ReadError(f"no content for {member.name}")
    with source, path.open("xb") as file:
        shutil.copyfileobj(source, file, 2**18)
    if path.stat().st_size != member.n_bytes:
        raise tarfile.ReadError(f"{member.name} ends early")


@contextmanager
def _members(archive: Path) -> Iterator[Iterator[_Member]]:
    if archive.name.endswith(".zip"):
        with zipfile.ZipFile(archive) as file:
            yield (_zipped(file, info) for info in file.infolist())
        return
    with gzip.open(archive) as stream:
        bounded = cast(IO[bytes], _Bounded(stream))
        with tarfile.open(fileobj=bounded, mode="r:") as tar:
            yield _tarred(tar)


def _zipped(file: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Member:
    form = stat.S_IFMT(info.external_attr >> 16)
    kind = "folder" if info.is_dir() else "file"
    if form not in (0, stat.S_IFREG, stat.S_IFDIR):
        kind = "symbolic link" if form == stat.S_IFLNK else "device"
    if info.flag_bits & _ENCRYPTED:
        kind = "locked file"
    return _Member(
        name=info.orig_filename,
        n_bytes=info.file_size,
        kind=kind,
        open=partial(file.open, info),
    )


def _tarred(tar: tarfile.TarFile) -> Iterator[_Member]:
    while (info := tar.next()) is not None:
        yield _Member(
            name=info.name,
            n_bytes=info.size if info.isreg() else 0,
            kind=_tar_kind(info),
            open=partial(tar.extractfile, info),
        )
        # tarfile would keep all 300,000 of them; typeshed does not know the list
        tar.members.clear()  # type: ignore[attr-defined]


def _tar_kind(info: tarfile.TarInfo) -> str:
    if info.isreg():
        return "file"
    if info.isdir():
        return "folder"
    if info.issym():
        return "symbolic link"
    return "hard link" if info.islnk() else "device"


class _Bounded:
    """A stream that hands out no more at once than a sane header needs."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream

    def read(self, n_bytes: int = -1) -> bytes:
        if not 0 <= n_bytes <= _MOST_HEADER:
            raise tarfile.ReadError(f"a header of {n_bytes:,} bytes")
        return self._stream.read(n_bytes)

    def seek(self, position: int) -> int:
        return self._stream.seek(position)

    def tell(self) -> int:
        return self._stream.tell()


@contextmanager
def _naming_damage(archive: Path) -> Iterator[None]:
    try:
        yield
    except (*_DAMAGE, NotImplementedError, RuntimeError) as error:
        raise DownloadError(
            f"{archive.name} is damaged ({error}); allowed: a whole .tar.gz or .zip archive"
        ) from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        name = Path(str(error.filename)).name
        _refuse(archive, f"it names {printable(name)} twice", error)


def _refuse(archive: Path, reason: str, cause: Exception | None = None) -> NoReturn:
    raise DownloadError(
        f"{archive.name} is not safe to unpack: {reason}; allowed: files and folders below "
        "one folder, as many and as large as the corpus declares"
    ) from cause
