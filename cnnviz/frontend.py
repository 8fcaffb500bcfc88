"""Frontends: waveform to network input, as nn.Module with their axes in Hz and seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor, nn

from cnnviz.errors import ParameterError
from cnnviz.grid import Grid, ReceptiveField

KINDS = ("waveform", "log_mel", "mfcc")


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontendSpec:
    """Parameters of a frontend, as they stand in checkpoints and ``MODEL.json``.

    Lengths in audio samples, frequencies in Hz; names as in librosa. `kind` is one of
    ``"waveform"``, ``"log_mel"``, ``"mfcc"``; the other parameters apply where they make sense.
    """

    kind: str = "waveform"

    @classmethod
    def from_dict(cls, values: Mapping[str, object], *, source: str) -> "FrontendSpec":
        """Read a specification; `source` names the file in errors."""
        unknown = sorted(set(values) - set(cls.__dataclass_fields__))
        if unknown:
            known = ", ".join(sorted(cls.__dataclass_fields__))
            raise ParameterError(
                f"{source}: frontend has the unknown key {unknown[0]!r}; allowed: {known}"
            )
        return cls(**values)  # type: ignore[arg-type]


class Frontend(Protocol):
    """What every frontend is: a module with axes."""

    spec: FrontendSpec

    def __call__(self, waveforms: Tensor) -> Tensor:
        """float32 (clip, samples) to (clip, samples) or (clip, 1, frequency, time)."""
        ...

    def grid(self, n_samples: int) -> Grid:
        """Axes of the output for clips of `n_samples`."""
        ...


class Waveform(nn.Module):
    """The raw waveform."""

    def __init__(self, spec: FrontendSpec, sample_rate: int) -> None:
        super().__init__()
        self.spec, self.sample_rate = spec, sample_rate

    def forward(self, waveforms: Tensor) -> Tensor:
        """(clip, samples) to (clip, samples)."""
        return waveforms

    def grid(self, n_samples: int) -> Grid:
        """One cell per audio sample."""
        field = ReceptiveField()
        return Grid(
            times=field.centres(n_samples) / self.sample_rate,
            frequencies=(),  # type: ignore[arg-type]
            receptive_field=field,
        )


def build_frontend(spec: FrontendSpec, *, sample_rate: int) -> Frontend:
    """Build the frontend that a specification describes; `sample_rate` in Hz."""
    if spec.kind == "waveform":
        return Waveform(spec, sample_rate)
    raise ParameterError(f"frontend kind={spec.kind!r}; allowed: {', '.join(KINDS)}")
