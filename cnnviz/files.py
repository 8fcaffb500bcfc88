"""Files that are written whole or not at all."""

import os
from pathlib import Path
from secrets import token_hex

PARTIAL = ".*.????????.partial"  # glob of what killed processes leave


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside its place, then put it there; its folder is made.

    Processes that write the same file, also on other machines, do not meet: the last one wins.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{token_hex(4)}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
