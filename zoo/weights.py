"""Trained weights: where they are, and how they become a model."""

from pathlib import Path

from cnnviz.errors import ModelLoadError
from cnnviz.model import AudioModel, assemble, read_checkpoint

from . import catalogue

CHECKPOINTS = Path(__file__).parent / "checkpoints"
RUNS = Path("runs")


def find(name: str) -> Path | None:
    """The checkpoint of an architecture: the one that ships, else one trained here, else None."""
    places = (CHECKPOINTS / f"{name}.safetensors", RUNS / name / f"{name}.safetensors")
    return next((path for path in places if path.is_file()), None)


def load_weights(name: str) -> AudioModel:
    """Load a trained network in evaluation mode.

    Raises
    ------
    UnknownNameError
        If no architecture has this name.
    ModelLoadError
        If there are no weights, or they belong to another architecture.
    """
    family = catalogue.family_of(name)
    path = find(name)
    if path is None:
        raise ModelLoadError(
            f"zoo:{name} has no trained weights; weights are at hand for: "
            f"{', '.join(trained_names()) or 'none'}; train it: "
            f"cnnviz zoo train {name} --data DIR"
        )
    found = read_checkpoint(path)
    if found is None:
        raise ModelLoadError(f"{path} is not a cnnviz checkpoint; remove it and train zoo:{name}")
    tensors, spec = found
    if spec.architecture != f"zoo:{name}":
        raise ModelLoadError(
            f"{path} holds architecture={spec.architecture}; expected: zoo:{name}; "
            f"remove it and train zoo:{name}"
        )
    network = family.build(name, len(spec.class_names))
    network.load_state_dict(tensors)
    network.eval()
    return assemble(network, spec, name=name, reference=f"zoo:{name}")


def trained_names() -> tuple[str, ...]:
    """Names whose weights are at hand."""
    return tuple(name for name in catalogue.names() if find(name) is not None)
