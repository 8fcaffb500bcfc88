"""TorchScript archives: scores by running the program, weights without running anything."""

import io
import re
import warnings
import zipfile
from pathlib import Path

import torch
from torch import Tensor, nn

from cnnviz.errors import ModelLoadError
from cnnviz.loaders._files import TORCHSCRIPT
from cnnviz.loaders._finish import finish
from cnnviz.loaders._request import Request, listed
from cnnviz.loaders._tensors import find_tensors
from cnnviz.model import AudioModel, ModelSpec, WeightsOnly
from cnnviz.model.inert import read_inert

ORDER = 45
LIMITS = (
    "a TorchScript program: scores and weights can be had, but hooks cannot reach its layers; for "
    "feature maps export the network with torch.export.save, or give its factory"
)
_REACHING_OUT = re.compile(
    r"torch\.(?:save|load|from_file|_load\w*|import_ir\w*|wait|fork|rpc\w*)\s*\("
    r"|\bops\.(?!aten\b|prim\b|prims\b|torchaudio\b|quantized\b)\w+\.\w+"
    r"|__setstate__"
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
        self.output = nn.Identity()  # the one layer that can be heard: what the program returns
        self._program = (program,)  # in a tuple: not a child, which hooks would be refused by
        self._parameters.update(program.named_parameters())
        self._buffers.update(program.named_buffers())

    def forward(self, inputs: Tensor) -> object:
        """Run the program."""
        return self.output(self._program[0](inputs))


def load(request: Request) -> AudioModel | None:
    """Load a TorchScript archive; None when the file is something else.

    A program is run only after its source was searched for operations that reach files or
    other libraries, or that run while it is loaded; where there are any, the weights alone
    are read.

    Raises
    ------
    ModelLoadError
        If the archive is damaged.
    """
    if request.kind != TORCHSCRIPT:
        return None
    reaching = suspicious(request.path)
    if reaching and not request.trust_code:
        notice = (
            f"{request.reference} is a TorchScript program that reaches outside "
            f"({listed(reaching)}), so only its weights are read. Export its state dict, or, if "
            "you trust it, add --trust-code"
        )
        found = find_tensors(read_inert(request.path), path=request.path)
        network: nn.Module = WeightsOnly(found.tensors, notice)
    else:
        notice = LIMITS
        network = ScriptedNetwork(_opened(request.path).eval()).eval()
    return finish(
        network,
        request.contract(ModelSpec(), request.path),
        name=request.path.stem,
        reference=request.reference,
        notices=(notice,),
    )


def suspicious(path: Path) -> tuple[str, ...]:
    """List what the source of a TorchScript program uses beyond arithmetic."""
    found: list[str] = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".py") and "/code/" in f"/{name}":
                text = archive.read(name).decode("utf-8", "replace")
                found += [match.strip("( ") for match in _REACHING_OUT.findall(text)]
    return tuple(dict.fromkeys(found))


def _opened(path: Path) -> torch.jit.ScriptModule:
    """Load from a copy of the entries that were searched, so that nothing else is in it."""
    copy = io.BytesIO()
    try:
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w") as target:
            for name in dict.fromkeys(source.namelist()):
                target.writestr(name, source.read(name))
        copy.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            program: torch.jit.ScriptModule = torch.jit.load(copy, map_location="cpu")  # type: ignore[no-untyped-call]
    except (RuntimeError, zipfile.BadZipFile, OSError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [""])[0][:200]
        raise ModelLoadError(
            f"{path} is truncated or damaged (TorchScript: {reason}); get a fresh copy"
        ) from error
    return program
