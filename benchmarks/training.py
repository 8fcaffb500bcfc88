"""Training: clips per second of whole steps, against the loops that people write.

Usage: python benchmarks/training.py docs/benchmarks/training.md

Clips of one second at 16 kHz, as FLAC files. A step is: get the clips, vary them, frontend,
forward, loss, backward, AdamW. Ours is what `cnnviz zoo train` runs: Lightning, the moving average
of the weights, the checkpoint after the epoch. The loops have none of that, and vary nothing; they
are timed against ours without augmentation too. One loop decodes each clip when its turn comes, in
a DataLoader with two workers; the other has all clips in memory as float32. Every way runs in a
fresh process, one epoch to warm up and one that counts; the ways take turns, so that other work on
the machine meets all of them. Ratios are medians over the rounds.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import soundfile
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

RATE = N_SAMPLES = 16_000
N_CLASSES = 12
NETWORKS = ("custom_ch32-8", "se_resnet3")
LOOPS = {
    "loader": "the obvious loop: DataLoader, decoded per clip, 2 workers",
    "memory": "the same loop, clips in memory",
}
OURS = {
    "plain": "ours, no augmentation",
    "ours": "ours, augmented",
    "float32": "ours, no augmentation, --precision 32",
    "compiled": "ours, no augmentation, --compile",
}
WAYS = LOOPS | OURS


class Files(Dataset[tuple[Tensor, int]]):
    """Clips decoded one by one."""

    def __init__(self, folder: Path) -> None:
        self.paths = sorted(folder.glob("*.flac"))

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        waveform, _ = soundfile.read(self.paths[index], dtype="float32")
        return torch.from_numpy(waveform), index % N_CLASSES


def write_clips(folder: Path, n_clips: int) -> None:
    """Noise with the long-term spectrum of speech, about 6 dB per octave down."""
    random = np.random.default_rng(0)
    for i in range(n_clips):
        noise = np.cumsum(random.standard_normal(N_SAMPLES)) * 0.01
        waveform = (noise - np.convolve(noise, np.ones(160) / 160, "same")).clip(-1, 1)
        soundfile.write(folder / f"{i:05d}.flac", waveform, RATE, subtype="PCM_16")


def build(name: str) -> tuple[nn.Module, nn.Module]:
    """Frontend and network, the same for all ways."""
    from cnnviz.frontend import build_frontend
    from zoo.catalogue import family_of

    torch.manual_seed(0)
    spec = family_of(name).spec(name, tuple("abcdefghijkl"))
    assert spec.frontend is not None
    frontend: Any = build_frontend(spec.frontend, sample_rate=RATE)
    return frontend, family_of(name).build(name, N_CLASSES)


def steps(name: str, epoch: Callable[[], Any], device: str, *, whole: bool = True) -> list[float]:
    """Moments at which the epochs of a hand-written loop end."""
    frontend, network = (part.to(device) for part in build(name))
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    ends = []
    for _ in range(2):
        for waveforms, labels in epoch():
            inputs = frontend(waveforms.to(device)) if whole else waveforms
            logits = network(inputs.unsqueeze(1) if inputs.ndim == 2 else inputs)
            loss = F.cross_entropy(logits, labels.to(device))
            optimizer.zero_grad()
            loss.backward()
            if whole:
                optimizer.step()
        if device != "cpu":
            torch.cuda.synchronize()
        ends.append(perf_counter())
    return ends


def loader(name: str, folder: Path, batch: int, device: str) -> list[float]:
    """Decode in two workers."""
    data = DataLoader(Files(folder), batch, shuffle=True, num_workers=2, drop_last=True)
    return steps(name, lambda: data, device)


def memory(name: str, folder: Path, batch: int, device: str) -> list[float]:
    """All clips as float32 on the device."""
    files = Files(folder)
    waveforms = torch.stack([files[i][0] for i in range(len(files))]).to(device)
    labels = torch.arange(len(files), device=device) % N_CLASSES

    def epoch() -> list[tuple[Tensor, Tensor]]:
        order = torch.randperm(len(files), device=device).split(batch)
        return [(waveforms[chosen], labels[chosen]) for chosen in order if len(chosen) == batch]

    return steps(name, epoch, device)


def bare(name: str, folder: Path, batch: int, device: str) -> list[float]:
    """Forward and backward alone, of inputs that are there."""
    frontend, _ = build(name)
    waveform = torch.stack([Files(folder)[i][0] for i in range(batch)]).to(device)
    inputs = frontend.to(device)(waveform)
    labels = torch.arange(batch, device=device) % N_CLASSES
    n_batches = len(Files(folder)) // batch
    return steps(name, lambda: [(inputs, labels)] * n_batches, device, whole=False)


def ours(name: str, folder: Path, batch: int, device: str, way: str = "ours") -> list[float]:
    """What `cnnviz zoo train` does."""
    from zoo.catalogue import family_of
    from zoo.corpus import Corpus, Split
    from zoo.recipe import NO_AUGMENTATION
    from zoo.training import Training, train

    files = Files(folder)
    waveforms = torch.stack([files[i][0] for i in range(len(files))])
    clips = Split(
        waveforms=(waveforms * 32_767).to(torch.int16), labels=torch.arange(len(files)) % N_CLASSES
    )
    few = clips.take(torch.arange(N_CLASSES))
    names = tuple("abcdefghijkl")
    corpus = Corpus(
        name="noise",
        digest="",
        class_names=names,
        train=clips,
        validation=few.take(torch.arange(0)),
        test=few,
    )
    recipe = replace(family_of(name).recipe(name), epochs=2, batch_size=batch, background_class="a")
    if way != "ours":
        recipe = replace(recipe, augmentation=NO_AUGMENTATION)
    ends: list[float] = []
    training = Training(
        name=name,
        recipe=recipe,
        folder=folder.parent / f"run-{os.getpid()}",
        device=device,
        precision="32" if way == "float32" else "auto",
        compiled=way == "compiled",
    )
    train(training, corpus, tell=lambda _line: ends.append(perf_counter()))
    return ends


def child(way: str, name: str, folder: Path, batch: int, device: str) -> None:
    """One way in this process; prints clips per second of the second epoch."""
    runs: dict[str, Callable[[str, Path, int, str], list[float]]] = {
        "loader": loader,
        "memory": memory,
        "bare": bare,
    }
    if way in runs:
        ends = runs[way](name, folder, batch, device)
    else:
        ends = ours(name, folder, batch, device, way)
    n_clips = len(Files(folder)) // batch * batch
    print(json.dumps(n_clips / (ends[1] - ends[0])))


def measured(way: str, name: str, folder: Path, batch: int, device: str) -> float:
    """Run one way in a fresh process: clips per second."""
    command = [sys.executable, __file__, "--child", way, name, str(folder)]
    command += ["--batch", str(batch), "--device", device]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(json.loads(done.stdout.splitlines()[-1]))


def table(name: str, found: dict[str, list[float]]) -> list[str]:
    """The numbers of one network in Markdown."""
    lines = [
        f"## {name}",
        "",
        "| way | clips per second | against the DataLoader loop | against clips in memory |",
        "| --- | ---: | ---: | ---: |",
    ]
    for way, values in found.items():
        ratios = [median(a / b for a, b in zip(values, found[loop], strict=True)) for loop in LOOPS]
        told = " | ".join(f"{ratio:.2f} x" for ratio in ratios)
        lines.append(f"| {TEXTS[way]} | {median(values):.1f} | {told} |")
    if "bare" in found:
        pairs = zip(found["ours"], found["bare"], strict=True)
        share = median(ours / bare for ours, bare in pairs)
        lines += ["", f"Ours, augmented, against bare forward and backward: {share:.2f} x."]
    return [*lines, ""]


TEXTS = WAYS | {"bare": "bare forward and backward"}


def text(found: dict[str, dict[str, list[float]]], options: argparse.Namespace) -> str:
    """The page, without its title."""
    from zoo.recipe import Recipe
    from zoo.training.request import Training, check_machine

    on_gpu = options.device != "cpu"
    place = torch.cuda.get_device_name() if on_gpu else f"{os.cpu_count()} cores"
    asked = Training(name=NETWORKS[0], recipe=Recipe(), folder=Path(), device=options.device)
    chosen = check_machine(asked).precision
    lines = [
        f"Whole training steps on {options.clips} clips of one second at 16 kHz in batches of "
        f"{options.batch}; {options.rounds} rounds; torch {torch.__version__}, {place}, "
        f"{platform.machine()}, load {os.getloadavg()[1]:.1f}.",
        "Ours has the moving average of the weights, the checkpoint and the metrics on top of "
        f"what the loops do; --precision auto, where nothing else is said, chose {chosen} here.",
        ""
        if on_gpu
        else "No GPU was there: the step against bare forward and backward on one is not measured.",
        "",
    ]
    for name, values in found.items():
        lines += table(name, values)
    return "\n".join(lines)


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path)
    parser.add_argument("--clips", type=int, default=512)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--networks", nargs="*", default=NETWORKS)
    parser.add_argument("--ways", nargs="*", default=list(WAYS))
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--child", nargs=3, metavar=("WAY", "NETWORK", "FOLDER"))
    options = parser.parse_args()
    if options.child:
        way, name, folder = options.child
        child(way, name, Path(folder), options.batch, options.device)
        return
    ways = [*options.ways, *(["bare"] if options.device != "cpu" else [])]
    found: dict[str, dict[str, list[float]]] = {n: {w: [] for w in ways} for n in options.networks}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "clips"
        folder.mkdir()
        write_clips(folder, options.clips)
        for _ in range(options.rounds):
            for name, values in found.items():
                for way in values:
                    values[way].append(measured(way, name, folder, options.batch, options.device))
    page = text(found, options)
    print(page)
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(f"# Training\n\n{page}", "utf-8")
        raw = json.dumps(found, indent=1) + "\n"
        options.out.with_suffix(".json").write_text(raw, "utf-8")


if __name__ == "__main__":
    main()
