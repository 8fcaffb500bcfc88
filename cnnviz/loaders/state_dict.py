"""A bare state dict or training checkpoint, in every shape people save them."""

from cnnviz.errors import ModelLoadError
from cnnviz.loaders._files import LEGACY, SAFETENSORS, TORCH_ZIP
from cnnviz.loaders._finish import finish
from cnnviz.loaders._request import Request, first_names
from cnnviz.loaders._tensors import FileTensors, find_tensors, read_content
from cnnviz.model import AudioModel, ModelSpec, WeightsOnly

ORDER = 50


def load(request: Request) -> AudioModel | None:
    """Load tensors without a graph; None when the file holds a whole pickled module.

    Raises
    ------
    ModelLoadError
        If the file is damaged or holds no tensors.
    ParameterError
        If the contract is incomplete.
    """
    if request.kind not in (TORCH_ZIP, LEGACY, SAFETENSORS):
        return None
    content = find_tensors(read_content(request.path, request.kind), path=request.path)
    if content.module_class:
        return None
    if request.trust_code and content.foreign:
        return None
    if not content.tensors:
        raise ModelLoadError(f"{request.path} holds no tensors; save model.state_dict() in it")
    return finish(
        WeightsOnly(content.tensors, hint(request)),
        request.contract(ModelSpec(), request.path),
        name=request.path.stem,
        reference=request.reference,
        notices=_notices(content),
    )


def hint(request: Request) -> str:
    """What to add to get a network, for commands that need one."""
    return (
        f"{request.reference} holds weights without a network; allowed here: a network; name the "
        f"function that builds it: cnnviz ... package.module:factory --weights {request.reference}"
    )


def _notices(content: FileTensors) -> tuple[str, ...]:
    notices = ["weights without a network: filters are found by shape and order"]
    if content.key_path:
        notices.append(f"tensors were taken from {content.key_path!r}")
    if content.unused:
        notices.append(f"not used: {first_names(content.unused)}")
    if content.foreign:
        notices.append(
            f"classes named in the file were not imported: {first_names(content.foreign)}"
        )
    return tuple(notices)
