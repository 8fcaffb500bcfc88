"""Networks with the traps that real ones have, and the file shapes people save them in."""

import io
import pickle
import warnings
import zipfile
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def plain() -> nn.Sequential:
    """Conv1d 1->4 of 5 taps, mean over time, 3 scores; weights from seed 0."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv1d(1, 4, 5), nn.BatchNorm1d(4), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(),
        nn.Linear(4, 3),
    ).eval()  # fmt: skip


class Squeezes(nn.Module):
    """Drops the batch axis of a single clip."""

    def __init__(self) -> None:
        super().__init__()
        self.body = plain()

    def forward(self, inputs: Tensor) -> Tensor:
        return self.body(inputs).squeeze()


class Returns(nn.Module):
    """Returns its scores in a container."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.body, self.kind = plain(), kind

    def forward(self, inputs: Tensor) -> object:
        scores = self.body(inputs)
        embedding = inputs[..., :7].flatten(1)
        return {
            "dict": {"embedding": embedding, "logits": scores},
            "tuple": (scores, {"length": 7}),
            "ambiguous": (embedding, scores),
        }[self.kind]


class Ends(nn.Module):
    """Ends in a nonlinearity, which may hide behind a reshape."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.body, self.kind = plain(), kind

    def forward(self, inputs: Tensor) -> Tensor:
        scores = self.body(inputs)
        return {
            "logits": lambda: scores,
            "probabilities": lambda: scores.softmax(-1).unsqueeze(1).squeeze(1),
            "log_probabilities": lambda: F.log_softmax(scores, dim=-1).view(-1, 3),
            "sigmoid": lambda: torch.sigmoid(scores),
        }[self.kind]()


class FunctionalDropout(nn.Module):
    """Drops in evaluation mode too: the default of F.dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.features, self.head = plain()[:5], plain()[5]

    def forward(self, inputs: Tensor) -> Tensor:
        return self.head(F.dropout(self.features(inputs), 0.5))


class StubbornDropout(nn.Dropout):
    """A dropout layer that ignores evaluation mode (Monte Carlo dropout)."""

    def forward(self, inputs: Tensor) -> Tensor:
        return F.dropout(inputs, self.p, training=True)


def monte_carlo() -> nn.Module:
    return nn.Sequential(*plain()[:5], StubbornDropout(0.5), plain()[5])


class LooseFilters(nn.Module):
    """Its first layer is built from a tensor that is neither parameter nor buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.taps = torch.hann_window(9).reshape(1, 1, 9)
        self.body = plain()

    def forward(self, inputs: Tensor) -> Tensor:
        return self.body(F.conv1d(inputs, self.taps))


class OneAtATime(nn.Module):
    """Flattens the batch axis into the scores, as code written for one clip does."""

    def __init__(self) -> None:
        super().__init__()
        self.body = plain()

    def forward(self, inputs: Tensor) -> Tensor:
        return self.body(inputs).reshape(1, -1)


class TakesVectors(nn.Module):
    """Takes (clip, time) and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.body = plain()

    def forward(self, inputs: Tensor) -> Tensor:
        assert inputs.ndim == 2, "expected (batch, time)"
        return self.body(inputs[:, None])


class LightningLike:
    """A foreign class for hyper-parameters and whole models."""

    def __init__(self, **values: object) -> None:
        self.values = values


def traced(network: nn.Module, example: Tensor) -> torch.jit.ScriptModule:
    """A TorchScript program; torch calls tracing deprecated, people still have the files."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return torch.jit.trace(network, example)


def save_program(path: Path, network: nn.Module, shape: tuple[int, ...], *, dynamic: bool) -> Path:
    """Export a network with a free or a fixed batch axis."""
    shapes = ({0: torch.export.Dim.AUTO},) if dynamic else None
    program = torch.export.export(network, (torch.zeros(shape),), dynamic_shapes=shapes)
    torch.export.save(program, path)
    return path


def on_cuda(path: Path) -> Path:
    """Rewrite a zip checkpoint so that its storages say they live on a GPU."""
    with zipfile.ZipFile(path) as source:
        entries = {name: source.read(name) for name in source.namelist()}
    cpu, gpu = b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0"  # opcode, length, text
    with zipfile.ZipFile(path, "w") as target:
        for name, data in entries.items():
            target.writestr(name, data.replace(cpu, gpu) if name.endswith("data.pkl") else data)
    return path


class Marker:
    """Pickles as a call that makes a folder: a harmless sign that code has run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        import os

        return os.mkdir, (str(self.path),)


def pickled(value: object) -> bytes:
    buffer = io.BytesIO()
    pickle.dump(value, buffer, protocol=2)
    return buffer.getvalue()
