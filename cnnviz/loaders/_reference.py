"""What another process needs to load a model again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.errors import ModelLoadError
from cnnviz.roles import UNKNOWN

if TYPE_CHECKING:
    from cnnviz.model import AudioModel


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelReference:
    """Reference and options that give the same model again, in plain types.

    Whether code in files may run is not among them: a file cannot trust itself.

    Parameters
    ----------
    reference, weights
        As in `load_model`, files with absolute paths; weights ``""``: none.
    sample_rate, n_samples, layout, frontend, class_names, role
        The input contract of the model.
    digest
        SHA-256 of the weights it must have.
    """

    reference: str
    weights: str = ""
    sample_rate: int
    n_samples: int | None
    layout: str
    frontend: Mapping[str, object]
    class_names: tuple[str, ...]
    digest: str
    role: str | None = None

    @classmethod
    def of(cls, model: AudioModel) -> ModelReference:
        """Reference to a model that was loaded."""
        return cls(
            reference=_absolute(model.reference),
            weights=_absolute(model.weights),
            sample_rate=model.sample_rate,
            n_samples=model.n_samples,
            layout=model.layout,
            frontend=asdict(model.frontend.spec),
            class_names=model.class_names,
            digest=model.digest,
            role=None if model.role == UNKNOWN else model.role,
        )

    def load(self, *, trust_code: bool = False) -> AudioModel:
        """Load the model again.

        Raises
        ------
        ModelLoadError
            If it is not there, or its weights are others by now.
        """
        from cnnviz.loaders import load_model

        model = load_model(
            self.reference,
            weights=self.weights or None,
            sample_rate=self.sample_rate,
            n_samples=self.n_samples,
            layout=self.layout,
            frontend=self.frontend,
            class_names=self.class_names,
            role=self.role,
            trust_code=trust_code,
        )
        if model.digest != self.digest:
            raise ModelLoadError(
                f"{self.reference} has weights of digest {model.digest[:12]}; allowed: those that "
                f"were planned with, {self.digest[:12]}; put the file back or start anew"
            )
        return model


def _absolute(reference: str) -> str:
    """Files, also before ``:factory``, by absolute path; other references as they are."""
    if reference and Path(reference).exists():
        return str(Path(reference).absolute())
    head, colon, tail = reference.rpartition(":")
    return f"{Path(head).absolute()}:{tail}" if colon and Path(head).is_file() else reference
