"""A full pickle: refused with its reason, unless the user trusts it."""

import pickle
import sys
import warnings
from pathlib import Path

import torch
from torch import nn

from cnnviz.errors import ModelLoadError
from cnnviz.loaders._files import LEGACY, PICKLE, TORCH_ZIP
from cnnviz.loaders._finish import finish
from cnnviz.loaders._request import Request
from cnnviz.loaders._tensors import find_tensors, read_content
from cnnviz.loaders.state_dict import hint
from cnnviz.model import AudioModel, ModelSpec, WeightsOnly
from cnnviz.model.inert import Content

ORDER = 60
_KEYS = ("model", "network", "net", "module", "ema")


def load(request: Request) -> AudioModel | None:
    """Refuse a pickled module, or open it when the user trusts it.

    Raises
    ------
    ModelLoadError
        With the class that would have to be imported.
    """
    if request.kind not in (TORCH_ZIP, LEGACY, PICKLE):
        return None
    if not request.trust_code:
        raise ModelLoadError(refusal(request))
    content = _trusted(request.path, request.kind)
    network = _module_in(content)
    if network is None:
        tensors = find_tensors(Content(value=content), path=request.path).tensors
        network = WeightsOnly(tensors, hint(request))
    spec = request.contract(ModelSpec(), request.path)
    return finish(
        network.eval(),
        spec,
        name=request.path.stem,
        reference=request.reference,
        notices=("a full pickle was opened as trusted: its code has run",),
    )


def refusal(request: Request) -> str:
    """Why a file is not opened, in one line that names the class."""
    if request.kind == PICKLE:
        return (
            f"{request.reference} is a Python pickle that can run code when opened, not written by "
            "torch.save. Export its state dict, or, if you trust it, add --trust-code"
        )
    content = read_content(request.path, request.kind)
    file_tensors = find_tensors(content, path=request.path)
    named = file_tensors.module_class or next(iter(file_tensors.foreign), "unknown")
    return (
        f"{request.reference} is a full pickle that can run code when opened (class {named}). "
        "Export its state dict, or, if you trust it, add --trust-code; its tensors can be read "
        f"safely: cnnviz ... package.module:factory --weights {request.reference}"
    )


def _trusted(path: Path, kind: str) -> object:
    """Open a pickle with everything it asks for."""
    current_folder = str(Path.cwd())
    sys.path.insert(0, current_folder)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # remarks on changed source of old modules
            if kind == PICKLE:
                with path.open("rb") as file:
                    return pickle.load(file)  # noqa: S301 (the user trusts it)
            return torch.load(path, map_location="cpu", weights_only=False)
    except (ImportError, AttributeError) as error:
        raise ModelLoadError(
            f"{path} needs a class that cannot be imported ({error}); run from the folder that "
            "holds its module, or install its package"
        ) from error
    except Exception as error:  # a pickle fails in any way it likes
        raise ModelLoadError(
            f"{path} cannot be unpickled ({type(error).__name__}: {error}); get a fresh copy"
        ) from error
    finally:
        if current_folder in sys.path:
            sys.path.remove(current_folder)


def _module_in(content: object) -> nn.Module | None:
    """The module that a pickle is, or holds under a usual key."""
    if isinstance(content, nn.Module):
        return content
    if isinstance(content, dict):
        return next((content[k] for k in _KEYS if isinstance(content.get(k), nn.Module)), None)
    return None
