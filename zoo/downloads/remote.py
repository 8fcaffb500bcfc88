"""What is known of a corpus before it is fetched."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from cnnviz.errors import ParameterError

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}")
_KINDS = (".tar.gz", ".zip")


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """One file to download, and what may come out of it.

    Parameters
    ----------
    url
        Where it lies; its last part is the name of the file, ``.tar.gz`` or ``.zip``.
    published
        Where size and digest were published, or why there is no digest.
    most_bytes
        Bytes that may come out of it at most, rounded up; more is refused.
    n_bytes
        Size of the archive; None: not known before the download.
    digest
        ``"sha256:..."`` or ``"md5:..."``; None: no published one is known.
    is_fixed
        Whether the host serves the same bytes for ever. False for archives that are packed
        anew on request: another size or digest is then told, and the file list decides.
    root
        Folder in the archive that becomes the corpus; empty: the archive has none.

    Raises
    ------
    ParameterError
        If the digest or the kind of archive is not one of the above.
    """

    url: str
    published: str
    most_bytes: int
    n_bytes: int | None = None
    digest: str | None = None
    is_fixed: bool = True
    root: str = ""

    def __post_init__(self) -> None:
        if self.digest is not None and not _DIGEST.fullmatch(self.digest):
            raise ParameterError(
                f"digest={self.digest!r}; allowed: sha256: or md5: and that many hexadecimal digits"
            )
        if not self.file_name.endswith(_KINDS):
            raise ParameterError(f"url={self.url!r}; allowed: the url of a .tar.gz or .zip file")

    @property
    def file_name(self) -> str:
        """Last part of the url."""
        return urlsplit(self.url).path.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class FileCount:
    """How many files of a corpus have names of a pattern.

    Parameters
    ----------
    pattern
        Path relative to the corpus; ``*`` stands for anything, slashes too.
    n_files
        Exactly this many.
    """

    pattern: str
    n_files: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteCorpus:
    """A corpus that can be fetched.

    Parameters
    ----------
    name
        What people type, and the folder it goes to.
    title, homepage, licence, citation
        What is printed before the download begins.
    archive
        The file to download.
    layout
        Name of the file of `cnnviz.datasets` that reads it.
    n_clips, n_classes
        Labelled clips and classes the authors state.
    counts
        Files it must have, by pattern.
    files
        Names it must have, for corpora whose names follow from a rule.
    lists
        Text files of the corpus that name further files it must have, one per line.
    """

    name: str
    title: str
    homepage: str
    licence: str
    citation: str
    archive: Archive
    layout: str
    n_clips: int
    n_classes: int
    counts: tuple[FileCount, ...] = ()
    files: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
