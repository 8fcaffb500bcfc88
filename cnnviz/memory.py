"""How much memory is free, and how much of it may be taken."""

import ctypes
import os
import sys
from pathlib import Path

_SHARE, _UNKNOWN = 4, 4 << 30


def allowed_bytes(asked: int | None = None) -> int:
    """Bytes that may be taken: those asked for, else a quarter of what is free."""
    return free_bytes() // _SHARE if asked is None else asked


def free_bytes() -> int:
    """Bytes that a program may take before the machine swaps; 4 GiB where it does not say."""
    table = Path("/proc/meminfo")
    if table.exists():
        rows = (line.split() for line in table.read_text().splitlines())
        kilobytes = {row[0].rstrip(":"): int(row[1]) for row in rows if len(row) > 1}
        return kilobytes.get("MemAvailable", _UNKNOWN >> 10) << 10
    if "SC_AVPHYS_PAGES" in getattr(os, "sysconf_names", {}):
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return _UNKNOWN


def give_back() -> None:
    """Return memory that nothing uses any more to the system; glibc keeps it for later."""
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none
        if trim is not None:
            trim(0)
