"""Corpora from their authors' hosts: downloaded, checked, unpacked safely, whole or not at all."""

from .catalogue import Offer, load, names, offers
from .fetching import fetch
from .place import Fetched
from .remote import Archive, FileCount, RemoteCorpus

__all__ = [
    "Archive",
    "Fetched",
    "FileCount",
    "Offer",
    "RemoteCorpus",
    "fetch",
    "load",
    "names",
    "offers",
]
