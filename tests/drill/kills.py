"""Work that is killed at random moments, and goes on: the end is that of work left alone."""

import os
import random
import signal
import tempfile
from collections.abc import Callable, Sequence
from functools import cache, partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from time import monotonic, sleep

import h5py
import numpy as np

from tests.drill import specimens
from tests.drill.judging import Outcome, Setting, judge
from tests.drill.kinds import Kind
from tests.zoo import tones
from tests.zoo.sweep.small import GRID

Prepare = Callable[[Path], Sequence[str]]  # writes what the command needs, gives the command
Read = Callable[[Path], object]  # what of a folder must be the same in the end
_NETWORK = "custom_ch4-6-do0.25-bn"
_HONEST = Setting(seconds=600)  # a sweep starts processes of its own


def capture(folder: Path) -> Sequence[str]:
    """Thirty clips in parts of a few."""
    specimens.clips(folder, n_clips=30)
    network = specimens.network(folder)
    return ["capture", str(network), "clips", "--out", "out", "--batch-size", "2"]


def report(folder: Path) -> Sequence[str]:
    """A report over one that stands there already."""
    specimens.clips(folder)
    return ["report", str(specimens.network(folder)), "clips", "--out", "out", "--explain", "2"]


def training(folder: Path) -> Sequence[str]:
    """Three epochs."""
    data = tones.write(folder / "tones", n_clips=12)
    words = ["zoo", "train", _NETWORK, "--data", str(data), "--out", "out", "--device", "cpu"]
    return [*words, "--epochs", "3", "--precision", "32", "--resume"]


def sweep(folder: Path) -> Sequence[str]:
    """Two trials, one after the other."""
    data = tones.write(folder / "tones", n_clips=6)
    (folder / "grid.toml").write_text(GRID.replace("[8, 9]", "[6]"))
    words = ["zoo", "sweep", "grid.toml", "--data", str(data), "--out", "out", "--workers", "1"]
    return [*words, "--precision", "32"]


def captured(out: Path) -> object:
    """Every array of the parts, by the name of its clip; each clip once."""
    arrays: dict[str, list[bytes]] = {}
    with h5py.File(out / "capture.h5") as file:
        file.visititems(lambda name, node: _add(arrays, name, node))
    return {name: sha256(b"".join(parts)).hexdigest() for name, parts in sorted(arrays.items())}


def _add(arrays: dict[str, list[bytes]], name: str, node: object) -> None:
    if isinstance(node, h5py.Dataset) and "provenance" not in name and "parts" not in name:
        values = np.asarray(node[()])
        data = values.tobytes() if values.dtype.kind in "biuf" else repr(values.tolist()).encode()
        arrays.setdefault(name, []).append(data)


def reported(out: Path) -> object:
    """Tables of the page, whose end is there; that of the provenance holds a date."""
    page = (out / "report" / "index.html").read_text().rstrip()
    tables = {path.name: path.read_bytes() for path in sorted((out / "report").rglob("*.csv"))}
    tables.pop("provenance.csv", None)
    return page.endswith("</html>"), page.count("<section"), tables, captured(out)


def trained(out: Path) -> object:
    """Card and weights."""
    return [(out / name).read_bytes() for name in ("card.json", f"{_NETWORK}.safetensors")]


def swept(out: Path) -> object:
    """Weights of every trial."""
    return {path.name: path.read_bytes() for path in sorted(out.rglob("*.safetensors"))}


@cache
def _import_all() -> None:
    """Import what the commands need, so that kills come while they work."""
    specimens.run()
    import_module("zoo.training.run")


@cache
def undisturbed(prepare: Prepare, read: Read) -> tuple[object, float]:
    """What comes out where nothing happens, and the seconds it takes."""
    with tempfile.TemporaryDirectory(prefix="cnnviz-drill-") as name:
        folder, begin = Path(name).resolve(), monotonic()
        outcome = judge("undisturbed", prepare(folder), folder, _HONEST)
        assert outcome.code == 0, outcome
        return read(folder / "out"), monotonic() - begin


def killed(prepare: Prepare, read: Read, n_kills: int, seed: int, folder: Path) -> Outcome:
    """Kill a command some times at random moments, then let it end, and compare."""
    draw, name = random.Random(seed), f"{prepare.__name__} {seed}"
    _import_all()
    expected, seconds = undisturbed(prepare, read)
    words = prepare(folder)
    if prepare is report:
        judge(name, words, folder, _HONEST)
    for _ in range(n_kills):
        _kill_within(words, folder, draw.uniform(0, seconds))
        if prepare is report and not (folder / "out" / "report" / "index.html").is_file():
            return Outcome(name=name, fault="the older report is lost")
    outcome = judge(name, words, folder, _HONEST)
    if outcome.fault or outcome.code:
        return Outcome(name=name, fault=outcome.fault or "not resumed", said=outcome.said)
    left = [path for path in (folder / "out").rglob("*") if ".partial" in path.name]
    if left:
        return Outcome(name=name, fault=f"left behind: {left}")
    is_same = read(folder / "out") == expected
    return Outcome(name=name, fault="" if is_same else "another result", seconds=outcome.seconds)


def _kill_within(words: Sequence[str], folder: Path, seconds: float) -> None:
    """Run a command, and kill it and its children after some seconds."""
    process = os.fork()
    if not process:
        os.setsid()
        judge("killed", words, folder, _HONEST)
        os._exit(0)
    end = monotonic() + seconds
    while monotonic() < end:
        if os.waitpid(process, os.WNOHANG)[0]:
            return
        sleep(0.005)
    os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)


def _kind(prepare: Prepare, read: Read, *, n_kills: int, n_short: int = 0) -> Kind:
    return Kind(
        name=f"{prepare.__name__}, {n_kills} kills a case",
        group="kills",
        case=partial(killed, prepare, read, n_kills),
        n_short=n_short,
        n_whole=100 // n_kills,
    )


KINDS = (
    _kind(sweep, swept, n_kills=10),
    _kind(training, trained, n_kills=5),
    _kind(report, reported, n_kills=4, n_short=1),
    _kind(capture, captured, n_kills=2, n_short=2),
)
