"""Models from references: loaders, the safest first; one file per way to get a model."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from cnnviz import registry
from cnnviz.errors import ModelLoadError
from cnnviz.loaders._files import kind_of
from cnnviz.loaders._reference import ModelReference

if TYPE_CHECKING:
    from torch import nn

    from cnnviz.frontend import FrontendSpec
    from cnnviz.model import AudioModel

__all__ = ["ModelReference", "is_scheme", "load_initial", "load_model", "loaders_in_order"]


def load_model(  # noqa: PLR0913 (one parameter per option of every command)
    reference: str | Path,
    *,
    weights: str | Path | None = None,
    sample_rate: int | None = None,
    n_samples: int | None = None,
    layout: str | None = None,
    frontend: "FrontendSpec | Mapping[str, object] | None" = None,
    class_names: Sequence[str] | None = None,
    role: str | None = None,
    trust_code: bool = False,
) -> "AudioModel":
    """Load a model from any reference the command line understands.

    Nothing in a model file is run, unless `trust_code` says so.

    Parameters
    ----------
    reference
        ``"zoo:NAME"``, a file (cnnviz checkpoint, state dict of any shape, ``.pt2`` program,
        TorchScript archive), ``"package.module:factory"`` or ``"file.py:factory"``.
    weights
        File of tensors for a factory.
    sample_rate, n_samples, layout, frontend, class_names, role
        The input contract, as in `ModelSpec`; what is given wins over what files say.
    trust_code
        Open full pickles and run TorchScript: code of the file's author, with the user's rights.

    Raises
    ------
    ModelLoadError
        If the reference leads to no usable model; the text says what to do.
    ParameterError
        If the contract is incomplete or wrong; the text names what is missing.
    UnknownNameError
        If no zoo network has the name.
    """
    reference = str(reference)
    scheme = is_scheme(reference)
    if weights is not None and not scheme:
        raise ModelLoadError(
            f"--weights {weights} stands beside the file {reference}; allowed: beside "
            "package.module:factory or file.py:factory, which build the network"
        )
    kind = "" if scheme else kind_of(Path(reference))  # before torch takes its seconds
    from cnnviz.loaders._request import Request, frontend_of, weights_file
    from cnnviz.model import ModelSpec

    request = Request(
        reference=reference,
        kind=kind,
        weights=weights_file(weights),
        options=ModelSpec(
            sample_rate=sample_rate,
            n_samples=n_samples,
            layout=layout,
            frontend=frontend_of(frontend),
            class_names=tuple(class_names or ()),
            role=role,
        ),
        trust_code=trust_code,
    )
    for loader in loaders_in_order():
        model: AudioModel | None = loader.load(request)
        if model is not None:
            return model if weights is None else replace(model, weights=str(weights))
    raise ModelLoadError(
        f"{reference} cannot be loaded; allowed: a model file, zoo:NAME, package.module:factory "
        "or file.py:factory; see: cnnviz filters --help"
    )


def load_initial(model: "AudioModel", path: str | Path) -> "nn.Module":
    """The network of a model with the weights its training began with.

    Parameters
    ----------
    model
        Borrowed; a copy is filled.
    path
        Any file of tensors; nothing in it is run.

    Raises
    ------
    ModelLoadError
        If the file does not exist, is damaged, or does not fit the network.
    """
    from cnnviz.loaders._initial import load

    return load(model, Path(path))


def loaders_in_order() -> tuple[ModuleType, ...]:
    """The loaders, safest first: modules with ``ORDER`` and ``load(request)``."""
    modules = [registry.load(__name__, name) for name in registry.names(__name__)]
    return tuple(sorted(modules, key=lambda module: int(module.ORDER)))


def is_scheme(reference: str) -> bool:
    """Whether a reference is ``zoo:NAME`` or ``somewhere:factory`` rather than a file."""
    head, colon, tail = reference.rpartition(":")
    if not colon or Path(reference).exists():
        return False
    return head == "zoo" or (bool(head) and all(part.isidentifier() for part in tail.split(".")))
