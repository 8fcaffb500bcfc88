"""One honest file of each kind, to be damaged."""

import atexit
import io
import json
import shutil
import tempfile
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import torch

from cnnviz.model import ModelSpec, write_checkpoint
from tests.drill.judging import warm
from tests.loaders.networks import plain, save_program, traced

RATE, N_SAMPLES = 8000, 800
OPTIONS = ("--sample-rate", str(RATE))
CLASSES = ("high", "low", "middle")
SOUNDS = {"wav": "PCM_16", "flac": "PCM_16", "ogg": "VORBIS", "mp3": "MPEG_LAYER_III"}
CONTRACT = {
    "sample_rate": RATE,
    "n_samples": N_SAMPLES,
    "class_names": list(CLASSES),
    "frontend": {"kind": "waveform"},
}


def _saved(suffix: str, write: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / f"model{suffix}"
        write(path)
        return path.read_bytes()


def _state(path: Path, *, legacy: bool = False) -> None:
    torch.save(plain().state_dict(), path, _use_new_zipfile_serialization=not legacy)


def _checkpoint(path: Path) -> None:
    write_checkpoint(path, plain(), ModelSpec(sample_rate=RATE))


def _safetensors(path: Path) -> None:
    from safetensors.torch import save

    path.write_bytes(save(plain().state_dict()))


MODELS = {
    "state dict": (".pt", _state),
    "state dict, legacy": (".pt", lambda path: _state(path, legacy=True)),
    "checkpoint": (".pt", _checkpoint),
    "safetensors": (".safetensors", _safetensors),
    "pickled module": (".pt", lambda path: torch.save(plain(), path)),
    "TorchScript": (".pt", lambda path: traced(plain(), torch.zeros(2, 1, 160)).save(path)),
    "torch.export": (
        ".pt2",
        lambda path: save_program(path, plain(), (2, 1, N_SAMPLES), dynamic=True),
    ),
}


@cache
def model(kind: str) -> bytes:
    """The bytes of a small network as one of `MODELS`."""
    return _saved(*MODELS[kind])


def network(folder: Path) -> Path:
    """Write a network that runs, with its contract beside it."""
    path = folder / "tiny.pt2"
    path.write_bytes(model("torch.export"))
    path.with_suffix(".json").write_text(json.dumps(CONTRACT))
    return path


@cache
def sound(suffix: str, hertz: float = 500.0) -> bytes:
    """A tenth of a second of a tone."""
    rate = 16_000 if suffix == "mp3" else RATE
    tone = 0.5 * np.sin(2 * np.pi * hertz * np.arange(rate // 10) / rate)
    packed = io.BytesIO()
    soundfile.write(packed, tone, rate, format=suffix.upper(), subtype=SOUNDS[suffix])
    return packed.getvalue()


def clips(folder: Path, n_clips: int = 12) -> Path:
    """Write clips of three classes."""
    for index in range(n_clips):
        path = folder / "clips" / CLASSES[index % 3] / f"{index}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sound("wav", 300.0 * (1 + index % 3) + index))
    return folder / "clips"


@cache
def run() -> Path:
    """A whole run, with its report; kept as long as the process lives."""
    folder = Path(tempfile.mkdtemp(prefix="cnnviz-drill-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    words = ["--quiet", "report", str(network(folder)), str(clips(folder))]
    warm([*words, "--out", str(folder / "run"), "--explain", "2", "--maps", "2"], folder)
    return folder / "run"
