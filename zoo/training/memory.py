"""How the C library keeps the memory of large tensors between training steps."""

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4


def keep_large_blocks() -> None:
    """Let glibc reuse large blocks instead of returning them to the system.

    The activations of raw-waveform networks are megabytes per clip; by default each step maps
    and clears them anew, which costs half of the training time on a CPU. Other C libraries
    are left alone.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
