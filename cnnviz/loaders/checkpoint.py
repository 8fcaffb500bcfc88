"""A cnnviz checkpoint: weights and contract in one ``.pt`` or ``.safetensors`` file."""

import importlib
from dataclasses import replace

from torch import Tensor, nn

from cnnviz import registry
from cnnviz.archive import budget_of, open_archive, read_entry
from cnnviz.errors import CnnvizError, ModelLoadError
from cnnviz.loaders._files import SAFETENSORS, TORCH_ZIP
from cnnviz.loaders._finish import finish
from cnnviz.loaders._request import Request
from cnnviz.loaders.zoo import SCHEME
from cnnviz.model import CHECKPOINT_FORMAT, AudioModel, ModelSpec, WeightsOnly, read_checkpoint

ORDER = 20


def load(request: Request) -> AudioModel | None:
    """Load a checkpoint that cnnviz wrote; None when the file is something else.

    A network of the zoo is built; a factory that the file names is never imported: its
    weights are kept and the error of a forward pass says what to type.

    Raises
    ------
    ModelLoadError
        If the file does not match its digest or its architecture.
    ParameterError
        If its contract is incomplete.
    """
    if not _is_ours(request):
        return None
    checkpoint = read_checkpoint(request.path)
    if checkpoint is None:
        return None
    tensors, file_spec = checkpoint
    spec = request.contract(file_spec, request.path)
    network = _network(tensors, spec, request)
    model = finish(network, spec, name=request.path.stem, reference=request.reference)
    if not model.has_graph:
        return model
    name = str(spec.architecture).removeprefix(SCHEME)
    return replace(model, rebuild=lambda: _build(name, len(spec.class_names)))


def _is_ours(request: Request) -> bool:
    """Whether the file names the format, looked up without unpickling."""
    if request.kind == SAFETENSORS:
        with request.path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            return CHECKPOINT_FORMAT.encode() in file.read(min(length, request.path.stat().st_size))
    if request.kind != TORCH_ZIP:
        return False
    try:
        with open_archive(request.path) as archive:
            entry = next(name for name in archive.namelist() if name.endswith("data.pkl"))
            budget = budget_of(request.path, request.path.stat().st_size)
            return CHECKPOINT_FORMAT.encode() in read_entry(archive, entry, budget)
    except Exception:  # in any way a damaged archive likes
        return False  # damaged; the next loader says how


def _network(tensors: dict[str, Tensor], spec: ModelSpec, request: Request) -> nn.Module:
    if spec.architecture is None or not spec.architecture.startswith(SCHEME):
        factory = spec.architecture or "package.module:factory"
        return WeightsOnly(
            tensors,
            f"{request.reference} names the architecture {factory!r}, which is not imported from "
            f"a file by itself; run: cnnviz ... {factory} --weights {request.reference}",
        )
    name = spec.architecture.removeprefix(SCHEME)
    try:
        network = _build(name, len(spec.class_names))
        network.load_state_dict(tensors)
    except CnnvizError as error:
        raise ModelLoadError(f"{request.reference}: {error}") from error
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise ModelLoadError(
            f"{request.reference} does not fit its architecture {spec.architecture!r} ({reason}); "
            "it was written by another version; train it again"
        ) from error
    return network.eval()


def _build(name: str, n_classes: int) -> nn.Module:
    """Build an untrained network of the zoo."""
    registry.load_sibling("zoo")
    catalogue = importlib.import_module("zoo.catalogue")
    network: nn.Module = catalogue.family_of(name).build(name, n_classes)
    return network
