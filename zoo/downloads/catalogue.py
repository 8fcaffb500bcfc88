"""Which corpora can be fetched, and which are at hand: the folder ``zoo/corpora`` is the list."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from cnnviz import registry
from cnnviz.disk import in_words

from .place import is_free, part_of, work_folder
from .receipt import read_receipt
from .remote import RemoteCorpus
from .transfer import size_of

_PACKAGE = "zoo.corpora"


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """A corpus as it is listed.

    Parameters
    ----------
    name, title, homepage, licence, layout
        As in its entry.
    n_bytes
        Of the archive; None: not known.
    n_clips, n_classes
        As its authors state.
    digest
        The published digest; None: there is none.
    is_fixed
        Whether its host promises the same bytes for ever.
    published
        Where the digest was published.
    folder
        Where it was looked for.
    at_hand
        ``"yes"``, ``"no"``, ``"not fetched by cnnviz"`` or how much of it is downloaded.
    """

    name: str
    title: str
    homepage: str
    licence: str
    layout: str
    n_bytes: int | None
    n_clips: int
    n_classes: int
    digest: str | None
    is_fixed: bool
    published: str
    folder: Path
    at_hand: str


def names() -> tuple[str, ...]:
    """List the corpora that can be fetched."""
    return registry.names(_PACKAGE)


def load(name: str) -> RemoteCorpus:
    """The entry of a corpus.

    Raises
    ------
    UnknownNameError
        If there is no such corpus; the text gives the nearest name.
    """
    return cast(RemoteCorpus, registry.load(_PACKAGE, name).CORPUS)


def offers(home: Path) -> tuple[Offer, ...]:
    """List the corpora and which of them are at hand in a folder."""
    return tuple(_offer(load(name), home / name) for name in names())


def _offer(corpus: RemoteCorpus, folder: Path) -> Offer:
    return Offer(
        name=corpus.name,
        title=corpus.title,
        homepage=corpus.homepage,
        licence=corpus.licence,
        layout=corpus.layout,
        n_bytes=corpus.archive.n_bytes,
        n_clips=corpus.n_clips,
        n_classes=corpus.n_classes,
        digest=corpus.archive.digest,
        is_fixed=corpus.archive.is_fixed,
        published=corpus.archive.published,
        folder=folder,
        at_hand=_at_hand(corpus, folder),
    )


def _at_hand(corpus: RemoteCorpus, folder: Path) -> str:
    if read_receipt(folder, corpus.name) is not None:
        return "yes"
    if not is_free(folder):
        return "not fetched by cnnviz"
    here = size_of(part_of(corpus.archive, work_folder(folder)))
    return f"{in_words(here)} of it" if here else "no"
