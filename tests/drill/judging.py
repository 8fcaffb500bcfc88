"""One command in a process of its own, held against what it may do.

The process is forked, so that a fault of it, its memory and its time are those of one case.
"""

import gc
import json
import os
import resource
import signal
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from time import monotonic, sleep

SECONDS, WAITING = 30, 600  # of the processor, and by the clock, for commands that wait
MEBIBYTES = 1024  # above what the process has when it begins
SECRET = b"cnnviz-drill-secret-4d1f0a"
_HEADROOM = 4 << 30  # bytes of addresses above those of the beginning, to protect the machine
_RUNS_CODE = ("os.exec", "os.posix_spawn", "os.system", "socket.connect", "subprocess.Popen")
_HARMLESS = ("uname", "lscpu")  # platform and joblib ask them about the machine
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a case; `fault` is empty where it did what it may."""

    name: str
    fault: str = ""
    skipped: str = ""  # why it could not be tried here
    code: int = 0
    said: str = ""
    seconds: float = 0.0
    mebibytes: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What surrounds a command.

    `before` and `after` are called in its process; `before` brings the fault. It may write in
    `own`, None: where it runs, and may take `seconds` of the processor.
    """

    before: Callable[[], object] = bool
    after: Callable[[], object] = bool
    own: Path | None = None
    seconds: int = SECONDS


def warm(words: Sequence[str], folder: Path) -> None:
    """Run an honest command in a child, and import here what it imported there.

    Nothing but imports runs in this process: pools of threads do not outlive a fork.
    """
    names = folder / "modules.json"
    setting = Setting(
        after=lambda: names.write_text(json.dumps([*sys.modules])),
        own=Path("/"),  # a new machine writes caches of fonts and of what is compiled
        seconds=600,
    )
    outcome = judge("warm", words, folder, setting)
    assert not outcome.fault, outcome
    for name in json.loads(names.read_text()):
        with suppress(Exception):
            import_module(name)
    gc.collect()
    gc.freeze()  # or each child looks through all of this, and gets a copy of what it touches


def judge(name: str, words: Sequence[str], folder: Path, setting: Setting | None = None) -> Outcome:
    """Run a command in `folder`, and say what it did that it may not."""
    setting = setting or Setting()
    begin = monotonic()
    process = os.fork()
    if not process:
        _leave_after(words, folder, setting)
    status, used = _ended(process)
    outcome = Outcome(
        name=name,
        code=os.waitstatus_to_exitcode(status),
        said=(folder / "said.txt").read_text(errors="replace"),
        seconds=used.ru_utime + used.ru_stime,
        mebibytes=used.ru_maxrss / 1024 - float((folder / "resident.txt").read_text()),
    )
    return replace(outcome, fault=_fault(outcome, folder, setting, waited=monotonic() - begin))


def _ended(process: int) -> tuple[int, resource.struct_rusage]:
    end = monotonic() + WAITING
    while monotonic() < end:
        found, status, used = os.wait4(process, os.WNOHANG)
        if found:
            return status, used
        sleep(0.002)
    os.kill(process, signal.SIGKILL)
    _, status, used = os.wait4(process, 0)
    return status, used


def _fault(outcome: Outcome, folder: Path, setting: Setting, *, waited: float) -> str:
    """The worst that a case did; empty where it did what it may."""
    noted = folder / "noted.json"
    notes = json.loads(noted.read_text()) if noted.exists() else []
    code, last = outcome.code, outcome.said.strip().rsplit("\n", 1)[-1]
    is_long = code == -signal.SIGXCPU or outcome.seconds > setting.seconds or waited >= WAITING
    has_traceback = code not in (0, 1, 2, 130) or "Traceback (most recent call" in outcome.said
    faults = {
        f"code run {notes}": (folder / "mark").exists() or any("ran " in note for note in notes),
        f"file touched {notes}": bool(notes),
        "file shown": _shows_secret(folder),
        "too long": is_long,
        f"crash by signal {-code}": code < 0,
        "traceback": has_traceback,
        "too much memory": outcome.mebibytes > MEBIBYTES,
        "no error of one line": code == 1 and not last.startswith("cnnviz: "),
    }
    return next((fault for fault, is_so in faults.items() if is_so), "")


def _shows_secret(folder: Path) -> bool:
    """Whether anything that the command wrote holds the secret."""
    written = [folder / "said.txt", *(folder / "out").rglob("*")]
    return any(path.is_file() and SECRET in path.read_bytes() for path in written)


def _leave_after(words: Sequence[str], folder: Path, setting: Setting) -> None:
    code, notes = 71, list[str]()
    try:
        code = _at_work(words, folder, setting, notes)
    except BaseException:  # whatever a case brings
        os.write(2, traceback.format_exc().encode(errors="replace"))
    finally:
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # one that comes too late
            sys.stdout.flush()
            sys.stderr.flush()
            notes += _imported(folder)
            if notes:
                (folder / "noted.json").write_text(json.dumps(notes))
        finally:
            os._exit(code)


def _at_work(words: Sequence[str], folder: Path, setting: Setting, notes: list[str]) -> int:
    (folder / "resident.txt").write_text(str(_resident()))
    with (folder / "said.txt").open("wb", buffering=0) as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 (as long as the process)
    sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
    warnings.simplefilter("ignore")  # pytest makes errors of them
    os.chdir(folder)
    (folder / "tmp").mkdir(exist_ok=True)
    os.environ["TMPDIR"] = str(folder / "tmp")
    _limit(setting.seconds)
    sys.addaudithook(_noting(notes, setting.own or folder))
    setting.before()
    code = _exit_code(words)
    setting.after()
    return code


def _exit_code(words: Sequence[str]) -> int:
    from cnnviz.cli import main

    sys.argv = ["cnnviz", *words]
    try:
        main(list(words))
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    return 0


def _resident() -> float:
    """MiB of this process in memory."""
    return _pages(1) * resource.getpagesize() / (1 << 20)


def _pages(column: int) -> int:
    return int(Path("/proc/self/statm").read_text().split()[column])


def _limit(seconds: int) -> None:
    tempfile.tempdir = None  # that of the environment
    size = _pages(0) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + _HEADROOM, size + _HEADROOM))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds + 1, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _noting(notes: list[str], folder: Path) -> Callable[[str, tuple[object, ...]], None]:
    """Note what Python is asked to run, and to write elsewhere."""
    own = os.path.realpath(folder)

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event in _RUNS_CODE and arguments[0] not in _HARMLESS:
            notes.append(f"ran {event} {arguments[:2]!r}")
        elif event == "open" and isinstance(arguments[0], str | bytes):
            path, flags = str(Path.cwd() / os.fsdecode(arguments[0])), int(arguments[2] or 0)  # type: ignore[call-overload]
            is_own = path.startswith((own, "/dev/", "/proc/self/")) or "__pycache__" in path
            if flags & _WRITING and not is_own:
                notes.append(f"wrote {path}")

    return note


def _imported(folder: Path) -> list[str]:
    """Modules that came from the files of a case."""
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    return [f"ran {file}" for file in files if file and file.startswith(str(folder))]
