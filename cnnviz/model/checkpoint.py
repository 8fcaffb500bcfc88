"""cnnviz checkpoints: state dict and input contract in one file, opened without pickle code."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, TypeGuard

import torch
from safetensors import safe_open
from safetensors.torch import save as to_safetensors
from torch import Tensor, nn

from cnnviz.archive import budget_of
from cnnviz.budget import parse_json
from cnnviz.errors import ModelLoadError
from cnnviz.files import write_whole
from cnnviz.model.inert import read_inert
from cnnviz.model.spec import ModelSpec

CHECKPOINT_FORMAT = "cnnviz-checkpoint-1"
_TENSOR_STEPS, _MOST_AXES = 40, 64  # of reading one; of a tensor in torch


def digest_tensors(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes of tensors, in name order."""
    hashed = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu()
        hashed.update(
            f"{name}|{tensor.dtype}|{tuple(tensor.shape)}|".encode("utf-8", "surrogatepass")
        )
        if tensor.layout != torch.strided or tensor.is_quantized:
            tensor = tensor.dequantize() if tensor.is_quantized else tensor.to_dense()
        flat = tensor.resolve_conj().resolve_neg().contiguous().reshape(-1)
        hashed.update(flat.view(torch.uint8).numpy().tobytes())
    return hashed.hexdigest()


def write_checkpoint(path: Path, network: nn.Module, spec: ModelSpec) -> str:
    """Write a cnnviz checkpoint: state dict and contract in one file, whole or not at all.

    ``.safetensors`` keeps the contract as JSON metadata under ``"cnnviz"``; ``.pt`` is a dict
    of plain types and tensors that loads with ``weights_only=True``.

    Returns
    -------
    str
        Digest of the weights, also kept in the file.
    """
    tensors = {k: v.detach().cpu().contiguous().clone() for k, v in network.state_dict().items()}
    digest = digest_tensors(tensors)
    head = {"format": CHECKPOINT_FORMAT, "spec": spec.to_dict(), "digest": digest}
    if path.suffix == ".safetensors":
        write_whole(path, to_safetensors(tensors, metadata={"cnnviz": json.dumps(head)}))
    else:
        torch.save({**head, "state_dict": tensors}, content := BytesIO())
        write_whole(path, content.getvalue())
    return digest


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], ModelSpec] | None:
    """Read a cnnviz checkpoint; None when the file is something else.

    Returns
    -------
    tensors, spec
        Tensors on the CPU.

    Raises
    ------
    ModelLoadError
        If the file says it is a cnnviz checkpoint but is damaged.
    ParameterError
        If its contract has an unknown key or a value out of range.
    """
    content = _read_safetensors(path) if path.suffix == ".safetensors" else _read_pt(path)
    if content is None or content[0].get("format") != CHECKPOINT_FORMAT:
        return None
    head, tensors = content
    if digest_tensors(tensors) != head.get("digest"):
        raise ModelLoadError(
            f"{path} does not match its own digest; the file is damaged; get a fresh copy"
        )
    spec = head.get("spec")
    return tensors, ModelSpec.from_dict(spec if spec is not None else {}, source=str(path))


def read_safetensors(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    """Metadata and tensors of a ``.safetensors`` file.

    Raises
    ------
    ModelLoadError
        If the file is damaged, or asks for more time or memory than a file of its size may.
    """
    budget = budget_of(path, path.stat().st_size)
    try:
        with safe_open(path, framework="pt") as file:
            names = list(file.keys())
            budget.step(_TENSOR_STEPS * len(names))
            _check_axes(len(file.get_slice(name).get_shape()) for name in names)
            return file.metadata() or {}, {name: file.get_tensor(name) for name in names}
    except ModelLoadError:
        raise
    except Exception as error:  # a damaged file fails in any way it likes
        raise ModelLoadError(
            f"{path} cannot be read as safetensors: it is truncated or damaged "
            f"({' '.join(str(error).split())[:200]}); get a fresh copy"
        ) from None


def _check_axes(counts: Iterable[int]) -> None:
    most = max(counts, default=0)
    if most > _MOST_AXES:
        raise ValueError(f"a tensor of {most:,} axes")


def _read_safetensors(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]] | None:
    metadata, tensors = read_safetensors(path)
    try:
        head = parse_json(metadata.get("cnnviz", "null"))
    except ValueError as error:
        raise ModelLoadError(
            f"{path} holds a damaged contract ({error}); get a fresh copy"
        ) from error
    return (head, tensors) if isinstance(head, dict) else None


def _read_pt(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]] | None:
    try:
        content = read_inert(path).value
    except ModelLoadError:  # not ours; the next loader says what it is
        return None
    tensors = content.pop("state_dict", None) if isinstance(content, dict) else None
    if not isinstance(content, dict) or not _is_state_dict(tensors):
        return None
    return content, tensors


def _is_state_dict(value: object) -> TypeGuard[dict[str, Tensor]]:
    return isinstance(value, dict) and all(
        isinstance(name, str) and isinstance(item, Tensor) for name, item in value.items()
    )
