"""The stages of a report against the bare forward pass of the same clips in the same run.

Prints a Markdown table; with a path, writes it there:

    python benchmarks/report_stages.py [docs/benchmarks/report_stages.md] [--clips FOLDER ...]

The bundled network explains the bundled words, and every further folder of clips. The bare pass
decodes the same files, puts them through the same network in the batches of the capture and keeps
nothing; it and the report run in fresh processes, one after the other. Both are given in seconds
of wall clock and of processor (user and system, forks included). Memory is the largest of the
process and of what its forks have for themselves alone; nodes are the elements of the page as it
is opened with scripts.
"""

import argparse
import importlib.util
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from threading import Event, Thread
from time import perf_counter

EVERY = 0.05
"""Seconds between two looks at the memory."""
AIM = "1.4 x the bare pass and 40 s; 800 MB; 15,000 nodes"
Seconds = dict[str, tuple[float, float]]


def processor() -> float:
    """Seconds of processor that this process and its forks took so far."""
    return sum(os.times()[:4])


START = perf_counter(), processor()


@contextmanager
def stage(name: str, found: Seconds, since: tuple[float, float] | None = None) -> Iterator[None]:
    """Note seconds of wall clock and of processor under a name."""
    wall, before = since or (perf_counter(), processor())
    yield
    found[name] = perf_counter() - wall, processor() - before


@contextmanager
def peak_memory() -> Iterator[list[float]]:
    """The largest memory of this process and its forks meanwhile, in MB."""
    peak, is_over = [0.0], Event()

    def watch() -> None:
        while not is_over.wait(EVERY):
            peak[0] = max(peak[0], memory_of(os.getpid()) * 1024 / 1e6)

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    yield peak
    is_over.set()
    watcher.join()


def memory_of(process: int, kinds: tuple[str, ...] = ("Rss:",)) -> int:
    """KiB of a process, and of its forks what is theirs alone; what has just ended has none."""
    folder = Path(f"/proc/{process}")
    try:
        lines = (folder / "smaps_rollup").read_text().splitlines()
        children = (folder / "task" / str(process) / "children").read_text().split()
    except OSError:
        return 0
    own = sum(int(line.split()[1]) for line in lines if line.startswith(kinds))
    return own + sum(memory_of(int(child), ("Private_",)) for child in children)


def bare(folder: str) -> dict[str, object]:
    """Import, load, decode and run; the forward pass is what lies between first and last clip."""
    found: Seconds = {}
    import torch

    from cnnviz import capture, workflow
    from cnnviz.hooks import borrowed

    model, clips = inputs(folder)
    model, clips = workflow.match_clips(model, clips)
    size = capture.prepare(model, clips).spec.batch_size
    with stage("bare pass", found), borrowed(model.network), torch.no_grad():
        for first in range(0, len(clips), size):
            index = range(first, min(first + size, len(clips)))
            batch = torch.stack([torch.from_numpy(clips.waveform(i)) for i in index])
            model.scores(batch)
    return {"seconds": found, "clips": len(clips)}


def inputs(folder: str):
    """The bundled network, and clips that were screened."""
    import zoo
    from cnnviz import datasets
    from cnnviz.loaders import load_model

    model = load_model(f"zoo:{zoo.REFERENCE}").require_scores()
    read = datasets.read_clips(Path(folder or zoo.clips_folder()), sample_rate=model.sample_rate)
    return model, read.screened()


def report(folder: str, out: Path) -> dict[str, object]:
    """What `cnnviz report` does, stage by stage."""
    found: Seconds = {}
    with stage("importing torch", found, START):
        from cnnviz.trace import shared_traces
    with shared_traces(), peak_memory() as memory:
        from cnnviz import api, capture, workflow
        from cnnviz.forked import n_cores
        from cnnviz.run import Run, name_of

        with stage("loading the model, reading clips", found):
            model, clips = workflow.match_clips(*inputs(folder))
        with stage("capturing", found):
            recorded = capture.record(model, clips, out=out)
        run = Run(out, model=workflow.with_class_names(model, recorded), capture=recorded)
        with stage("loading analyzers", found):
            analyzers = workflow.report_analyzers(run)
        for _, alike in groupby(analyzers, key=type):
            group = tuple(alike)
            with stage(name_of(group[0]).replace("_", " "), found):
                workflow.analyze(run, group, n_processes=n_cores())
        with stage("drawing the page", found):
            page = api.render(run, out / "report")
    with stage("all", found, START):
        pass
    text = page.read_text("utf-8")
    markup = re.sub(r"<(script|style|noscript)\b.*?</\1>", "", text, flags=re.DOTALL)
    return {
        "seconds": found,
        "clips": len(clips),
        "nodes": len(re.findall(r"<[a-zA-Z]", markup)),
        "page": sum(p.stat().st_size for p in page.parent.rglob("*") if p.is_file()) / 1e6,
        "memory": memory[0],
    }


def loaded_beside() -> str:
    """What pandas loads where it is installed, which takes memory and is no part of cnnviz."""
    there = importlib.util.find_spec("pyarrow") is not None
    return f"With{'' if there else 'out'} pyarrow, which pandas loads where it is installed. "


def measured(what: str, folder: str) -> dict[str, object]:
    """One of the two in a fresh process."""
    words = [sys.executable, __file__, "--child", what, folder]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def table(runs: list[tuple[dict, dict]]) -> str:
    """The stages of each run in a column."""
    heads = [f"{whole['clips']:,} clips" for _, whole in runs]
    names = list(dict.fromkeys(name for _, whole in runs for name in whole["seconds"]))
    lines = [f"| stage | {' | '.join(heads)} |", f"|---|{'--:|' * len(runs)}"]
    rows = {"bare forward pass": [told(one["seconds"]["bare pass"]) for one, _ in runs]}
    rows |= {name: [told(whole["seconds"].get(name)) for _, whole in runs] for name in names}
    rows["1.4 x the bare pass and 40 s"] = [
        told([1.4 * seconds + 40 for seconds in one["seconds"]["bare pass"]]) for one, _ in runs
    ]
    rows["peak memory"] = [f"{whole['memory']:,.0f} MB" for _, whole in runs]
    rows["nodes of the page"] = [f"{whole['nodes']:,}" for _, whole in runs]
    rows["size of the page"] = [f"{whole['page']:.1f} MB" for _, whole in runs]
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()]
    return "\n".join(lines)


def told(seconds: list[float] | None) -> str:
    """Wall clock, and processor time beside it."""
    return "" if seconds is None else f"{seconds[0]:.1f} s ({seconds[1]:.1f} s)"


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path)
    parser.add_argument("--clips", nargs="*", default=[], metavar="FOLDER")
    parser.add_argument("--child", nargs=2, metavar=("WHAT", "FOLDER"))
    options = parser.parse_args()
    if options.child:
        what, folder = options.child
        with tempfile.TemporaryDirectory() as scratch:
            found = bare(folder) if what == "bare" else report(folder, Path(scratch) / "run")
        print(json.dumps(found))
        return
    load = os.getloadavg()[0]
    runs = [(measured("bare", one), measured("report", one)) for one in ("", *options.clips)]
    text = (
        "# Stages of a report\n\nSeconds of wall clock and, in brackets, of processor, of "
        "`cnnviz report` with the bundled network, beside the bare forward pass of the same clips; "
        f"{os.cpu_count()} cores, {platform.machine()}, load {load:.1f} at the start and "
        f"{os.getloadavg()[0]:.1f} at the end: where it is above the number of cores, other work "
        "stretched the wall clock, and processor time tells more. "
        f"{loaded_beside()}"
        f"Aims: {AIM}.\n\n{table(runs)}\n"
    )
    print(text)
    if options.out is not None:
        options.out.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
