"""TorchScript archives: weights as data; scores only where the program is trusted."""

import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cnnviz.errors import ModelLoadError
from cnnviz.loaders._files import TORCHSCRIPT
from cnnviz.loaders._finish import finish
from cnnviz.loaders._request import Request
from cnnviz.loaders._weights import read_tensors
from cnnviz.model import AudioModel, ModelSpec, WeightsOnly
from cnnviz.trial import fault_in_child

ORDER = 45
LIMITS = (
    "a TorchScript program: scores and weights can be had, but hooks cannot reach its layers; for "
    "feature maps export the network with torch.export.save, or give its factory"
)


class ScriptedNetwork(nn.Module):
    """A TorchScript program: it runs and has weights, but no layers that hooks can reach.

    Parameters
    ----------
    program
        In evaluation mode. Its tensors are registered here under their own dotted names.
    """

    unreachable = LIMITS

    def __init__(self, program: torch.jit.ScriptModule) -> None:
        super().__init__()
        self.output = nn.Identity()  # the one layer that hooks reach: what the program returns
        self._program = (program,)  # in a tuple: not a child, which hooks would be refused by
        self._parameters.update(program.named_parameters())
        self._buffers.update(program.named_buffers())

    def forward(self, inputs: Tensor) -> object:
        """Run the program."""
        return self.output(self._program[0](inputs))


def load(request: Request) -> AudioModel | None:
    """Load a TorchScript archive; None when the file is something else.

    A program can read and write files when it is loaded or run, so torch sees it only where
    the user trusts it; else its weights are read as data.

    Raises
    ------
    ModelLoadError
        If the archive is damaged, or holds no weights that can be read as data.
    """
    if request.kind != TORCHSCRIPT:
        return None
    program = _load_safely(request.path).eval() if request.trust_code else None
    notice = LIMITS if program is not None else _untrusted(request.reference)
    needed = [] if program is None else _inputs_beside_clips(program)
    if needed:
        notice = (
            f"{request.reference} is a TorchScript program that takes {', '.join(needed)} beside "
            f"the clips: only its weights were read. Give its factory, whose forward(x) fills "
            f"them in (package.module:factory --weights {request.reference})"
        )
    network: nn.Module
    if program is None or needed:
        network = WeightsOnly(read_tensors(request.path), notice)
    else:
        network = ScriptedNetwork(program).eval()
    return finish(
        network,
        request.contract(ModelSpec(), request.path),
        name=request.path.stem,
        reference=request.reference,
        notices=(notice,),
    )


def _inputs_beside_clips(program: torch.jit.ScriptModule) -> list[str]:
    """Names of what the program must be given beside its first input."""
    forward: Any = program.forward
    arguments = forward.schema.arguments[2:]  # behind the module itself and the clips
    return [argument.name for argument in arguments if not argument.has_default_value()]


def _untrusted(reference: str) -> str:
    return (
        f"{reference} is a TorchScript program, which can read and write files when it runs: it "
        "was not run, only its weights were read. Export the network with torch.export.save, give "
        f"its factory (package.module:factory --weights {reference}), or, if you trust it, add "
        "--trust-code"
    )


def _load_safely(path: Path) -> torch.jit.ScriptModule:
    """Load a program here once it was loaded in a child process."""
    fault = fault_in_child(lambda: _load(path), n_bytes=path.stat().st_size)
    if fault:
        raise ModelLoadError(f"{path} is truncated or damaged ({fault}); get a fresh copy")
    return _load(path)


def _load(path: Path) -> torch.jit.ScriptModule:
    """Check the sums of all entries, which torch does not, and load the program."""
    with zipfile.ZipFile(path) as archive:
        bad = archive.testzip()
    if bad is not None:
        raise ValueError(f"wrong sum of {bad}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        program: torch.jit.ScriptModule = torch.jit.load(path, map_location="cpu")  # type: ignore[no-untyped-call]
    return program
