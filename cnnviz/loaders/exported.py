"""``torch.export`` programs (``.pt2``): forward and feature maps from the graph in the file."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from cnnviz.errors import CnnvizError, ModelLoadError, UnsupportedModelError
from cnnviz.loaders._exported_archive import Archive, read_archive
from cnnviz.loaders._exported_graph import ExportedNetwork
from cnnviz.loaders._files import EXPORTED
from cnnviz.loaders._finish import finish
from cnnviz.loaders._request import Request
from cnnviz.model import AudioModel, ModelSpec, WeightsOnly
from cnnviz.trial import fault_in_child

ORDER = 40
_SECONDS = 6  # of one processor, for one batch
_SPARE_BYTES = 512 << 20
_MAPS = 256  # bytes of maps and scores for each byte of the clips
_MOST_CELLS = 1 << 26  # of a batch of inputs


def load(request: Request) -> AudioModel | None:
    """Load an exported program; None when the file is something else.

    Nothing in it is unpickled or evaluated. A program that uses more than tensor operators
    gives its weights alone.

    Raises
    ------
    ModelLoadError
        If the archive is damaged or was exported in training mode.
    ParameterError
        If the contract is incomplete.
    """
    if request.kind != EXPORTED:
        return None
    archive = read_archive(request.path)
    spec = request.contract(ModelSpec(), request.path)
    batch_size: int | None = None
    notices: tuple[str, ...] = ()
    try:
        network: nn.Module
        network, shape = _interpreted(archive, request.reference)
        spec, batch_size = _completed(spec, shape), next(iter(shape), None)
    except UnsupportedModelError as error:
        network, notices = _weights(archive, request, str(error)), (str(error),)
    with nullcontext() if request.trust_code else _on_trial(network, request):
        return finish(
            network,
            spec,
            name=request.path.stem,
            reference=request.reference,
            batch_size=batch_size,
            notices=notices,
        )


@contextmanager
def _on_trial(network: nn.Module, request: Request) -> Iterator[None]:
    """Run a program on inputs of each shape in a child process before it runs here."""
    tried: set[tuple[int, ...]] = set()

    def try_first(_: nn.Module, arguments: tuple[Tensor]) -> None:
        (inputs,) = arguments
        if tuple(inputs.shape) in tried:
            return
        tried.add(tuple(inputs.shape))
        fault = fault_in_child(
            lambda: _run_alone(network, inputs),
            n_bytes=request.path.stat().st_size,
            n_spare=_SPARE_BYTES + _MAPS * inputs.nbytes,
            seconds=_SECONDS,
        )
        if fault:
            raise ModelLoadError(
                f"{request.reference} cannot be run on {len(inputs)} clips ({fault}); allowed: "
                f"{_SECONDS} s of one processor and {_SPARE_BYTES >> 20} MiB beside its weights "
                "and maps; give its factory, or, if you trust it, add --trust-code"
            )

    hook = network.register_forward_pre_hook(try_first)
    try:
        yield
    finally:
        hook.remove()


def _run_alone(network: nn.Module, inputs: Tensor) -> None:
    """Run a network; what it refuses it will refuse again, unless for want of memory."""
    torch.set_num_threads(1)  # others do not outlive a fork
    try:
        with torch.no_grad():
            network.forward(inputs)
    except Exception as error:  # a program fails in any way it likes
        if isinstance(error, MemoryError) or "memory" in str(error):
            raise MemoryError("it asks for more memory than it may take") from error


def _interpreted(
    archive: Archive, reference: str
) -> tuple[ExportedNetwork, tuple[int | None, ...]]:
    """The program as a network, and the axes of its input."""
    try:
        return ExportedNetwork(archive).eval(), _input_shape(archive.program)
    except CnnvizError:
        raise
    except Exception as error:  # a damaged program lacks anything it likes
        raise ModelLoadError(
            f"{reference} holds a damaged program ({type(error).__name__}: {error}); "
            "export it again with torch.export.save"
        ) from error


def _weights(archive: Archive, request: Request, reason: str) -> WeightsOnly:
    return WeightsOnly(
        archive.tensors,
        f"{request.reference} cannot be run here ({reason}); its weights can be read; give the "
        f"network: cnnviz ... package.module:factory --weights {request.reference}",
    )


def _input_shape(program: Mapping[str, Any]) -> tuple[int | None, ...]:
    """Axes of the program's free input; None where any length goes."""
    module = program["graph_module"]
    specs = [
        spec["user_input"] for spec in module["signature"]["input_specs"] if "user_input" in spec
    ]
    names = [spec["arg"]["as_tensor"]["name"] for spec in specs if "as_tensor" in spec["arg"]]
    if not names or names[0] not in module["graph"]["tensor_values"]:
        return ()
    sizes = module["graph"]["tensor_values"][names[0]]["sizes"]
    shape = tuple(size.get("as_int") for size in sizes)
    known = [1 if length is None else int(length) for length in shape]
    if min(known, default=1) < 1 or math.prod(known) > _MOST_CELLS:
        raise ModelLoadError(
            f"the program takes inputs of shape {known}; allowed: lengths from 1 and at most "
            f"{_MOST_CELLS:,} cells; export it for shorter clips"
        )
    return shape


def _completed(spec: ModelSpec, shape: tuple[int | None, ...]) -> ModelSpec:
    """Fill in layout and length of clips that the program itself fixes."""
    if spec.frontend is not None and spec.frontend.kind != "waveform":
        return spec
    layouts = {2: "bt", 3: "btc" if shape[-1:] == (1,) else "bct"}
    layout = spec.layout or layouts.get(len(shape))
    length = shape[1 if layout in ("bt", "btc") else -1] if layout else None
    return replace(spec, layout=layout, n_samples=spec.n_samples or length)
