"""What measuring units costs: tones against one forward pass each, every probe, units, stimuli.

Prints a Markdown page; with a path, writes it there:

    python benchmarks/probing.py [docs/benchmarks/probing.md]

The loop that people write runs the whole network on one clip per tone and keeps what hooks give;
its time is that of some of the tones, times their number. Memory is the peak of a process of its
own, less that of one that imports and loads the same and measures nothing.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from torch import nn

TONES = "zoo:custom_ch32-8-do0.25-bn"
WHOLE = "zoo:filterbank_k128_ch64-5-do0.25-bn"
FREQUENCIES, LEVELS_DB, N_PHASES = 64, np.arange(-70.0, 1.0, 10.0), 8
N_SAMPLED = 256  # tones that the loop really plays
UNITS = (64, 128, 256, 512)
PHASES = (4, 8, 16, 32)
RATE = 16_000


def seconds_of(work: Callable[[], object]) -> float:
    """The shorter of two times, in s."""
    times = []
    for _ in range(2):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return min(times)


def hear(model, layers, n_phases=N_PHASES):  # type: ignore[no-untyped-def]
    """Responses of units of layers to all tones."""
    from cnnviz.dsp.scales import erb_spaced
    from cnnviz.probing import unit_layers
    from cnnviz.probing.tones import hear_tones

    return hear_tones(
        model,
        unit_layers(model, layers),
        frequencies=erb_spaced(50, 0.98 * model.sample_rate / 2, FREQUENCIES),
        levels_db=LEVELS_DB,
        n_phases=n_phases,
    )


def tones_against_a_loop() -> list[str]:
    """All units of layers one and two: our pass, and one forward pass per tone."""
    from cnnviz.hooks import borrowed, recorded
    from cnnviz.loaders import load_model

    model = load_model(TONES)
    layers = ["conv1", "conv2"]
    n_tones = FREQUENCIES * len(LEVELS_DB) * N_PHASES
    ours = seconds_of(lambda: hear(model, layers))
    clip = torch.sin(2 * torch.pi * 1000 / RATE * torch.arange(model.n_samples or RATE))[None]

    def loop() -> None:
        with borrowed(model.network), torch.no_grad(), recorded(model.network, layers):
            for _ in range(N_SAMPLED):
                model.network(model.network_input(clip))

    theirs = seconds_of(loop) * n_tones / N_SAMPLED
    return [
        f"## Tones\n\nAll units of layers one and two of `{TONES.removeprefix('zoo:')}`, "
        f"{FREQUENCIES} frequencies, {len(LEVELS_DB)} levels, {N_PHASES} phases: {n_tones:,} "
        f"tones; the loop's time is that of {N_SAMPLED} tones, scaled.\n",
        "| | s | ratio |\n|---|--:|--:|",
        f"| one forward pass per tone | {theirs:.1f} | 1 |",
        f"| `cnnviz.probing` | {ours:.1f} | {theirs / ours:.1f} |\n",
    ]


def every_probe() -> list[str]:
    """Each probe on the first four convolutions of the demo's network, with its twins."""
    from cnnviz import workflow
    from cnnviz.loaders import load_model
    from cnnviz.run import Run, name_of

    run = Run(model=load_model(WHOLE))
    rows, total = [], 0.0
    for analyzer in workflow.build_probes((), ()):
        start = perf_counter()
        analyzer.run(run)
        rows.append((name_of(analyzer), perf_counter() - start))
        total += rows[-1][1]
    return [
        f"## Every probe\n\nAll units of the first four convolutions of "
        f"`{WHOLE.removeprefix('zoo:')}`, untrained twins included.\n",
        "| probe | s |\n|---|--:|",
        *(f"| `{name}` | {spent:.1f} |" for name, spent in rows),
        f"| all | {total:.1f} |\n",
    ]


def time_over_units() -> list[str]:
    """Tones through one convolution of more and more units."""
    from cnnviz.frontend import FrontendSpec
    from cnnviz.model import ModelSpec, assemble

    rows = []
    for n_units in UNITS:
        torch.manual_seed(0)
        network = nn.Sequential(nn.Conv1d(1, n_units, 128, stride=8), nn.ReLU())
        spec = ModelSpec(sample_rate=RATE, n_samples=RATE, frontend=FrontendSpec())
        model = assemble(network, spec, name="units", reference="units")
        spent = seconds_of(lambda model=model: hear(model, ["0"]))  # type: ignore[misc]
        rows.append(f"| {n_units} | {spent:.2f} | {1000 * spent / n_units:.1f} |")
    head = "| units | s | ms a unit |\n|--:|--:|--:|"
    return ["## Units\n\nThe same tones, one convolution of 128 taps.\n", head, *rows, ""]


def memory_over_stimuli() -> list[str]:
    """Peak memory of a process that plays more and more phases."""
    base = _peak_mib(0)
    rows = [f"| {FREQUENCIES * len(LEVELS_DB) * n:,} | {_peak_mib(n) - base:.0f} |" for n in PHASES]
    return [
        "## Memory\n\nLayers one and two as above; MiB above a process that measures nothing.\n",
        "| tones | MiB |\n|--:|--:|",
        *rows,
        "",
    ]


def _peak_mib(n_phases: int) -> float:
    words = [sys.executable, __file__, "--phases", str(n_phases)]
    done = subprocess.run(words, capture_output=True, check=True, text=True)
    return float(json.loads(done.stdout))


def _measure_memory(n_phases: int) -> None:
    """In a child: play and print the peak of resident memory in MiB."""
    from cnnviz.loaders import load_model

    model = load_model(TONES)
    if n_phases:
        hear(model, ["conv1", "conv2"], n_phases)
    status = Path("/proc/self/status").read_text("ascii")
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    print(json.dumps(int(peak) / 1024))


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--phases", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.phases is not None:
        _measure_memory(options.phases)
        return
    parts = [tones_against_a_loop(), every_probe(), time_over_units(), memory_over_stimuli()]
    page = "\n".join(
        [
            "# Probing\n",
            f"Measured on {os.cpu_count()} cores ({platform.machine()}), torch "
            f"{torch.__version__.partition('+')[0]}.\n",
            *(line for part in parts for line in part),
        ]
    )
    print(page)
    if options.out is not None:
        options.out.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
