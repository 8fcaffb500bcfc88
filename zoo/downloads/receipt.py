"""What was fetched, written into the folder of the corpus as ``.fetched.json``."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from .contents import RECEIPT, sizes_in


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What lay in the folder when it was fetched.

    Parameters
    ----------
    name
        Of the corpus.
    url
        Where its archive came from.
    sha256
        Of the archive as it was received.
    checked
        The published digest that it was compared with; empty: there is none.
    n_files, n_bytes
        Files of the corpus and their sum.
    """

    name: str
    url: str
    sha256: str
    checked: str
    n_files: int
    n_bytes: int


def read_receipt(folder: Path, name: str) -> Receipt | None:
    """Read the receipt of a corpus; None where there is none of it that can be read."""
    try:
        receipt = Receipt(**json.loads((folder / RECEIPT).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return receipt if receipt.name == name else None


def write_receipt(folder: Path, receipt: Receipt) -> None:
    """Write the receipt, to the disk itself: it is what makes a folder count as whole."""
    with (folder / RECEIPT).open("w", encoding="utf-8") as file:
        json.dump(asdict(receipt), file, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def changed_since(folder: Path, receipt: Receipt) -> str:
    """How a folder differs from its receipt, in words; empty: not at all."""
    sizes = sizes_in(folder)
    if len(sizes) != receipt.n_files:
        return f"{len(sizes):,} files instead of {receipt.n_files:,}"
    n_bytes = sum(sizes.values())
    if n_bytes != receipt.n_bytes:
        return f"{n_bytes:,} bytes instead of {receipt.n_bytes:,}"
    return ""
