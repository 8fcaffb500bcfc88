"""Capture of two layers into HDF5 against the bare forward pass and against other tools.

Prints a Markdown table; with a path, writes it there and the raw numbers beside it as JSON:

    python benchmarks/capture.py [docs/benchmarks/capture.md] [--clips 512] [--rounds 3]

The network is custom_ch32 with eight convolutions on one second at 16 kHz; layers one and two
give 32 x 16,000 numbers per clip each. Every way decodes the same files, runs in a fresh process,
and is timed from the first file to closed HDF5; the ways take turns, so that other work on the
machine meets all of them. Ratios are medians over the rounds of wall-clock time against the bare
pass of the same round; processor time tells the same on a busy machine. Peak memory is that of
whole processes with 256 and 4,096 clips.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import h5py
import numpy as np
import soundfile
import torch
from torch import Tensor, nn

SAMPLE_RATE = N_SAMPLES = 16_000
BATCH, N_FILES = 32, 256
LAYERS = ("conv1", "conv2")
WAYS = {
    "bare": "bare forward pass, nothing kept",
    "ours": "cnnviz, statistics of all clips, maps of 64",
    "ours all": "cnnviz, every map kept",
    "hooks": "hand-written hooks + h5py, every map kept",
    "captum": "captum LayerActivation + h5py, every map kept",
    "torchlens": "TorchLens extract + h5py, every map kept",
}


class Custom(nn.Module):
    """custom_ch32: k 5, same padding, MaxPool 3 after every convolution but the first."""

    def __init__(self) -> None:
        super().__init__()
        widths = [1, 32, 32, 32, 32, 64, 64, 64, 64]
        for i in range(8):
            self.add_module(f"conv{i + 1}", nn.Conv1d(widths[i], widths[i + 1], 5, padding=2))
        self.pool, self.head = nn.MaxPool1d(3), nn.Linear(64 * 7, 16)

    def forward(self, inputs: Tensor) -> Tensor:
        for i in range(8):
            inputs = torch.relu(getattr(self, f"conv{i + 1}")(inputs))
            inputs = self.pool(inputs) if i else inputs
        return self.head(inputs.flatten(1))


def network() -> nn.Module:
    """The same weights in every process."""
    torch.manual_seed(0)
    return Custom().eval()


def write_clips(folder: Path) -> None:
    """Noise with the long-term spectrum of speech, about 6 dB per octave down."""
    random = np.random.default_rng(0)
    for i in range(N_FILES):
        noise = np.cumsum(random.standard_normal(N_SAMPLES)) * 0.01
        waveform = (noise - np.convolve(noise, np.ones(160) / 160, "same")).clip(-1, 1)
        soundfile.write(folder / f"{i:04d}.wav", waveform, SAMPLE_RATE, subtype="PCM_16")


def paths(folder: Path, n_clips: int) -> list[Path]:
    """As many clips as asked for; files are used again and again."""
    files = sorted(folder.glob("*.wav"))
    return [files[i % len(files)] for i in range(n_clips)]


def batches(folder: Path, n_clips: int) -> Iterator[tuple[int, Tensor]]:
    """Position and waveforms (clip, 1, samples) of each batch."""
    files = paths(folder, n_clips)
    for first in range(0, n_clips, BATCH):
        decoded = [soundfile.read(p, dtype="float32")[0] for p in files[first : first + BATCH]]
        yield first, torch.from_numpy(np.stack(decoded))[:, None]


def bare(folder: Path, n_clips: int, out: Path) -> None:  # noqa: ARG001 (one signature)
    """Decode and run."""
    net = network()
    with torch.no_grad():
        for _, waveforms in batches(folder, n_clips):
            net(waveforms)


def ours(folder: Path, n_clips: int, out: Path, n_maps: int = 64) -> None:
    """What `cnnviz capture` does."""
    from cnnviz.audio import Clips
    from cnnviz.capture import Choices, record
    from cnnviz.model import ModelSpec, assemble

    spec = ModelSpec(sample_rate=SAMPLE_RATE, n_samples=N_SAMPLES)
    clips = Clips(
        folder=folder,
        paths=tuple(paths(folder, n_clips)),
        labels=np.arange(n_clips) % 16,
        class_names=tuple("abcdefghijklmnop"),
        starts=np.zeros(n_clips),
        stops=np.full(n_clips, np.nan),
        sample_rate=SAMPLE_RATE,
        n_samples=N_SAMPLES,
    )
    model = assemble(network(), spec, name="custom", reference="custom")
    choices = Choices(layers=LAYERS, n_maps=n_maps, batch_size=BATCH, budget_bytes=1 << 40)
    record(model, clips, out=out, choices=choices).close()


def stored(
    answer: Callable[[nn.Module, Tensor], dict[str, Tensor]],
) -> Callable[[Path, int, Path], None]:
    """A way that writes all maps as float16 with h5py, batch by batch."""

    def way(folder: Path, n_clips: int, out: Path) -> None:
        net = network()
        out.mkdir()
        with h5py.File(out / "maps.h5", "w") as file, torch.no_grad():
            for layer in LAYERS:
                shape = (n_clips, 32, N_SAMPLES)
                file.create_dataset(layer, shape, "f2", chunks=(1, 8, N_SAMPLES))
            for first, waveforms in batches(folder, n_clips):
                for layer, maps in answer(net, waveforms).items():
                    file[layer][first : first + len(maps)] = maps.half().numpy()

    return way


def with_hooks(net: nn.Module, waveforms: Tensor) -> dict[str, Tensor]:
    """Forward hooks as one writes them by hand."""
    found: dict[str, Tensor] = {}
    handles = [
        net.get_submodule(layer).register_forward_hook(
            lambda _module, _inputs, output, layer=layer: found.update({layer: output.clone()})
        )
        for layer in LAYERS
    ]
    net(waveforms)
    for handle in handles:
        handle.remove()
    return found


def with_captum(net: nn.Module, waveforms: Tensor) -> dict[str, Tensor]:
    """One call for both layers."""
    from captum.attr import LayerActivation

    activation = LayerActivation(net, [net.get_submodule(layer) for layer in LAYERS])
    return dict(zip(LAYERS, activation.attribute(waveforms), strict=True))


def with_torchlens(net: nn.Module, waveforms: Tensor) -> dict[str, Tensor]:
    """One call for both layers."""
    import torchlens

    return dict(torchlens.extract(net, waveforms, {layer: layer for layer in LAYERS}))


RUNS: dict[str, Callable[[Path, int, Path], None]] = {
    "bare": bare,
    "ours": ours,
    "ours all": lambda folder, n_clips, out: ours(folder, n_clips, out, n_clips),
    "hooks": stored(with_hooks),
    "captum": stored(with_captum),
    "torchlens": stored(with_torchlens),
}


def child(way: str, folder: Path, n_clips: int) -> None:
    """One way in this process: a warm-up of one batch, then the measured run."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        RUNS[way](folder, BATCH, Path(scratch) / "warm")
        wall, processor = perf_counter(), process_time()
        RUNS[way](folder, n_clips, Path(scratch) / "run")
        found = {"wall": perf_counter() - wall, "cpu": process_time() - processor}
    found["rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


def measured(way: str, folder: Path, n_clips: int) -> dict[str, float]:
    """Run one way in a fresh process: seconds, processor seconds, peak MiB."""
    command = [sys.executable, __file__, "--child", way, str(folder), "--clips", str(n_clips)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def compared(folder: Path, n_clips: int, n_rounds: int) -> dict[str, list[dict[str, float]]]:
    """All ways in turn, several times."""
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(n_rounds):
        for way in WAYS:
            found[way].append(measured(way, folder, n_clips))
    return found


def table(
    timed: dict[str, list[dict[str, float]]], memory: dict[int, dict[str, float]], n_clips: int
) -> str:
    """The numbers in Markdown."""
    lines = [
        f"Capture of layers one and two of custom_ch32 (8 convolutions), {n_clips} clips of one "
        f"second, batches of {BATCH}; {len(timed['bare'])} rounds; torch {torch.__version__}, "
        f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[1]:.1f}.",
        "",
        "| way | wall time | against bare | processor time against bare | peak memory |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for way, text in WAYS.items():
        rows = timed[way]
        ratios = {
            kind: median(a[kind] / b[kind] for a, b in zip(rows, timed["bare"], strict=True))
            for kind in ("wall", "cpu")
        }
        lines.append(
            f"| {text} | {median(row['wall'] for row in rows):.1f} s | {ratios['wall']:.2f} x "
            f"| {ratios['cpu']:.2f} x | {max(row['rss'] for row in rows):,.0f} MiB |"
        )
    told = ", ".join(f"{n:,} clips {row['rss']:,.0f} MiB" for n, row in memory.items())
    return "\n".join([*lines, "", f"Peak memory with maps of 64: {told}.", ""])


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path)
    parser.add_argument("--clips", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, nargs="*", default=[256, 4096])
    parser.add_argument("--child", nargs=2, metavar=("WAY", "FOLDER"))
    options = parser.parse_args()
    if options.child:
        child(options.child[0], Path(options.child[1]), options.clips)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "clips"
        folder.mkdir()
        write_clips(folder)
        timed = compared(folder, options.clips, options.rounds)
        memory = {n: measured("ours", folder, n) for n in options.memory}
    text = table(timed, memory, options.clips)
    print(text)
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(f"# Capture\n\n{text}", "utf-8")
        raw = {"timed": timed, "memory": memory}
        options.out.with_suffix(".json").write_text(json.dumps(raw, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
