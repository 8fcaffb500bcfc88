"""``zoo:NAME``: a bundled or locally trained reference network."""

from dataclasses import replace

from cnnviz import registry
from cnnviz.errors import ModelLoadError
from cnnviz.loaders._finish import finish
from cnnviz.loaders._request import Request
from cnnviz.model import AudioModel, ModelSpec

ORDER = 10
SCHEME = "zoo:"


def load(request: Request) -> AudioModel | None:
    """Load a network of the zoo; None when the reference is no ``zoo:NAME``.

    Raises
    ------
    UnknownNameError
        If the zoo has no such network.
    ModelLoadError
        If it has no trained weights, or `weights` was given.
    """
    if not request.reference.startswith(SCHEME) or request.kind:
        return None
    if request.weights is not None:
        raise ModelLoadError(
            f"--weights {request.weights} stands beside {request.reference}, which has its own "
            f"weights; load the file by itself: cnnviz ... {request.weights}"
        )
    name = request.reference.removeprefix(SCHEME)
    model: AudioModel = registry.load_sibling("zoo").load(name)
    zoo_spec = ModelSpec(
        sample_rate=model.sample_rate,
        n_samples=model.n_samples,
        layout=model.layout,
        frontend=model.frontend.spec,
        class_names=model.class_names,
        output=model.output,
    )
    spec = request.contract(zoo_spec)
    checked = finish(model.network, spec, name=model.name, reference=request.reference)
    return replace(
        checked,
        digest=model.digest,
        label_smoothing=model.label_smoothing,
        rebuild=model.rebuild,
        initial=model.initial,
    )
