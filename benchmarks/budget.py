"""What `cnnviz explain --budget` gives for a large tagger in a time.

Prints a Markdown page; with a path, writes it there:

    python benchmarks/budget.py [docs/benchmarks/budget.md] [--budget SECONDS]

The tagger has the shape of musicnn (Pons and Serra, 2019) and four times its kernels, so that a
gradient takes over a second: log-mel of three
seconds, tall and wide first kernels side by side, residual convolutions, two dense layers, fifty
tags; its weights are as drawn. The clips are three bundled words each. The command runs as a user
types it; the longest silence is that between two lines of its output.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Thread

import numpy as np
import soundfile

RATE, SECONDS, N_CLIPS = 16_000, 3, 12
NETWORK = """
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, width=816):
        super().__init__()
        self.tall = nn.ModuleList(
            nn.Conv2d(1, width, (height, length), padding="same")
            for height in (87, 39) for length in (7, 3, 1)
        )
        self.wide = nn.ModuleList(nn.Conv1d(1, 51, length, padding="same") for length in (129, 65))
        n = 6 * width + 2 * 51
        self.middle = nn.ModuleList(
            nn.Sequential(nn.Conv1d(a, 512, 7, padding="same"), nn.BatchNorm1d(512), nn.ReLU())
            for a in (n, 512, 512)
        )
        self.dense = nn.Sequential(
            nn.Linear(2 * (n + 3 * 512), 500), nn.ReLU(), nn.Dropout(0.5), nn.Linear(500, 50)
        )

    def forward(self, x):  # (clip, 1, mel, frame)
        fronts = [conv(x).relu().amax(2) for conv in self.tall]
        fronts += [conv(x.mean(2)).relu() for conv in self.wide]
        first = torch.cat(fronts, 1)
        second = self.middle[0](first)
        third = second + self.middle[1](second)
        fourth = third + self.middle[2](third)
        every = torch.cat([first, second, third, fourth], 1)
        return self.dense(torch.cat([every.amax(2), every.mean(2)], 1))


def build():
    torch.manual_seed(0)
    return Tagger().eval()
"""
FRONTEND = {"kind": "log_mel", "n_fft": 512, "hop_length": 256, "n_mels": 96}
OPTIONS = ("--sample-rate", str(RATE), "--n-samples", str(SECONDS * RATE))


def write_inputs(folder: Path) -> None:
    """The network's file, and clips of three words each."""
    import zoo
    from cnnviz.api.inputs import read_clips

    (folder / "tagger.py").write_text(NETWORK, "utf-8")
    (folder / "clips").mkdir()
    words = read_clips(zoo.clips_folder()).at(sample_rate=RATE, n_samples=RATE)
    picked = np.linspace(0, len(words) - 1, SECONDS * N_CLIPS).astype(int)
    for clip, part in enumerate(np.split(picked, N_CLIPS)):
        sound = np.concatenate([words.waveform(int(one)) for one in part])
        soundfile.write(folder / "clips" / f"{clip:02d}.wav", sound, RATE)


def gradient_seconds(folder: Path) -> tuple[float, int]:
    """Seconds of one gradient of one clip, the least of three, and the parameters."""
    import torch

    from cnnviz.attribution.differentiable_scores import differentiable_scores
    from cnnviz.loaders import load_model

    model = load_model(
        f"{folder}/tagger.py:build", sample_rate=RATE, n_samples=SECONDS * RATE, frontend=FRONTEND
    )
    sound, _ = soundfile.read(folder / "clips" / "00.wav", dtype="float32")
    with differentiable_scores(model, sound[None], np.array([0])) as scores:
        times = []
        for _ in range(3):
            begin = time.perf_counter()
            scores.gradients(scores.clips, torch.tensor([0]))
            times.append(time.perf_counter() - begin)
    return min(times), sum(one.numel() for one in model.network.parameters())


def explained(folder: Path, budget: float) -> dict[str, object]:
    """Run the command; its time, that of the stage alone, the longest silence and its rows."""
    words = [sys.executable, "-m", "cnnviz", "explain", f"{folder}/tagger.py:build",
             f"{folder}/clips", *OPTIONS, "--frontend", json.dumps(FRONTEND), "--output", "tags",
             "--target", "0", "--budget", str(budget), "--n-clips", str(N_CLIPS),
             "--out", f"{folder}/run", "--json"]  # fmt: skip
    begin = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stderr
    told = [(begin, "")]
    reader = Thread(
        target=lambda: told.extend((time.perf_counter(), line) for line in process.stderr)
    )
    reader.start()
    out = process.stdout.read()
    reader.join()
    end = time.perf_counter()
    if process.wait():
        raise SystemExit("".join(line for _, line in told))
    lines = [line for _, line in told]
    times = [at for at, _ in told] + [end]
    return {
        "rows": json.loads(out),
        "seconds": end - begin,
        "stage": lines[[k for k, line in enumerate(lines) if line.startswith("integrated")][-1]],
        "silence": float(np.diff(times).max()),
    }


def moved(error: float | None) -> str:
    """How far a map moved with its last gradients; nothing of a single one."""
    return "" if error is None else f"{100 * error:.1f} %"


def page(budget: float) -> str:
    """Run and tell."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_inputs(folder)
        one, n_parameters = gradient_seconds(folder)
        found = explained(folder, budget)
    rows = found["rows"]
    assert isinstance(rows, list)
    lines = [
        "# A large tagger within a time",
        "",
        f"`cnnviz explain --budget {budget:g}` on {N_CLIPS} clips of {SECONDS} s, a network of "
        f"{n_parameters / 1e6:.1f} million parameters; one gradient of one clip takes {one:.2f} s "
        f"on {os.cpu_count()} cores ({platform.machine()}).",
        f"The maps took {str(found['stage']).split(':')[1].strip()}, the whole command "
        f"{found['seconds']:.0f} s; the longest silence of its output was "
        f"{found['silence']:.1f} s. {len(rows)} of {N_CLIPS} clips have a map.",
        "",
        "| clip | gradients | sum within | map moved | converged |",
        "|---|--:|--:|--:|---|",
    ]
    lines += [
        f"| {row['clip_index']} | {row['n_steps']} | {100 * row['completeness_errors']:.2f} % | "
        f"{moved(row['map_errors'])} | {'yes' if row['converged'] else 'no'} |"
        for row in rows
    ]
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path)
    parser.add_argument("--budget", type=float, default=60.0)
    options = parser.parse_args()
    text = page(options.budget)
    print(text)
    if options.out is not None:
        options.out.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
