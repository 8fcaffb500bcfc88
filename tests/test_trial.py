"""Work that ends its process is reported by the process that tried it."""

import multiprocessing
import os
import signal
import threading

import pytest

from cnnviz import trial
from cnnviz.trial import fault_in_child

SMALL = 1 << 20


def test_work_that_ends_well_has_no_fault() -> None:
    assert fault_in_child(lambda: None, n_bytes=SMALL) == ""


def test_an_error_is_told_in_one_line() -> None:
    assert _try_to_fail() == "ValueError: first line"


def test_a_signal_ends_the_child_alone(capfd: pytest.CaptureFixture[str]) -> None:
    def crashes() -> None:
        os.write(2, b"noise")
        os.kill(os.getpid(), signal.SIGSEGV)

    fault = fault_in_child(crashes, n_bytes=SMALL)

    assert fault == f"loading it ends the process: exit code {-signal.SIGSEGV}"
    assert capfd.readouterr() == ("", "")


def test_memory_beyond_the_limit_is_refused() -> None:
    fault = fault_in_child(lambda: bytearray(64 << 30), n_bytes=SMALL)

    assert fault.startswith("MemoryError")


def test_work_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_SECONDS", 0.1)

    fault = fault_in_child(lambda: threading.Event().wait(), n_bytes=SMALL)

    assert fault == "still loading after 0.1 s"


def test_what_the_child_changes_is_lost() -> None:
    changed: list[int] = []

    fault_in_child(lambda: changed.append(1), n_bytes=SMALL)

    assert changed == []


def test_a_process_of_a_pool_may_try_too() -> None:
    with multiprocessing.get_context("fork").Pool(1) as pool:  # its processes are daemonic
        assert pool.apply(_try_to_fail) == "ValueError: first line"


def _try_to_fail() -> str:
    return fault_in_child(_fail, n_bytes=SMALL)


def _fail() -> None:
    raise ValueError("first line\nsecond line")
