"""Weights into a network: every name must find its place, or the error says which does not."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from cnnviz.errors import ModelLoadError
from cnnviz.loaders._exported_archive import read_exported_tensors
from cnnviz.loaders._files import EXPORTED, PICKLE, TORCHSCRIPT, kind_of
from cnnviz.loaders._request import first_names
from cnnviz.loaders._tensors import find_tensors, read_content

_PREFIXES = ("", "module.", "model.", "net.", "network.", "backbone.", "encoder.")


def load_weights(network: nn.Module, path: Path, *, reference: str) -> tuple[str, ...]:
    """Read a file of tensors and load all of them into a network.

    Parameters
    ----------
    network
        Filled in place.
    path
        Any file that holds tensors; nothing in it is run.
    reference
        The network's reference, for errors.

    Returns
    -------
    tuple of str
        Notices: prefixes that were removed, tensors of other modules left aside.

    Raises
    ------
    ModelLoadError
        With the names that are missing or unexpected and shapes that differ.
    """
    tensors = read_tensors(path)
    prefix = _prefix(tensors, network)
    own_tensors = {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
    try:
        network.load_state_dict(own_tensors)
    except (RuntimeError, TypeError, ValueError) as error:
        reason = misfit(network, tensors) or " ".join(str(error).split())[:300]
        raise ModelLoadError(
            f"weights {path} do not fit {reference}: {reason}; build the network they were "
            "trained with"
        ) from error
    unused = [name for name in tensors if not name.startswith(prefix)]
    notices = [f"the prefix {prefix!r} of the weights' names was removed"] if prefix else []
    return (
        *notices,
        *([f"tensors outside the network not used: {first_names(unused)}"] if unused else []),
    )


def read_tensors(path: Path) -> Mapping[str, Tensor]:
    """Read the tensors of any model file, running nothing.

    Raises
    ------
    ModelLoadError
        If the file is damaged, holds no tensors, or can only be read by running it.
    """
    kind = kind_of(path)
    if kind == EXPORTED:
        return read_exported_tensors(path)
    if kind == PICKLE:
        raise ModelLoadError(
            f"{path} is a Python pickle that torch did not write; allowed: files of torch.save; "
            "save it again with torch.save(model.state_dict(), FILE)"
        )
    content = find_tensors(read_content(path, kind), path=path)
    if not content.tensors:
        where = "outside its TorchScript program (frozen?)" if kind == TORCHSCRIPT else "in it"
        raise ModelLoadError(f"{path} has no tensors {where}; save model.state_dict() in a file")
    return content.tensors


def _prefix(tensors: Mapping[str, Tensor], network: nn.Module) -> str:
    """The prefix whose removal gives the network all its names; empty when none does."""
    names = list(network.state_dict())
    if not names or all(name in tensors for name in names):
        return ""
    first = names[0]
    prefixes = [name.removesuffix(first) for name in tensors if name.endswith(f".{first}")]
    for prefix in (*prefixes, *_PREFIXES):
        if all(f"{prefix}{name}" in tensors for name in names):
            return prefix
    return ""


def misfit(network: nn.Module, tensors: Mapping[str, Tensor]) -> str:
    """Say which names and shapes of a state dict a network has no place for."""
    expected = network.state_dict()
    missing = [name for name in expected if name not in tensors]
    unexpected = [name for name in tensors if name not in expected]
    shapes = [
        f"{name} is {tuple(tensors[name].shape)}, the network has {tuple(value.shape)}"
        for name, value in expected.items()
        if name in tensors and not is_lazy(value) and tensors[name].shape != value.shape
    ]
    parts = [
        f"{what} {len(names)}: {first_names(names, 3)}"
        for what, names in (("missing", missing), ("unexpected", unexpected), ("shapes", shapes))
        if names
    ]
    return "; ".join(parts)
