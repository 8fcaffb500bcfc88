"""One trace per network and length for a whole command."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from torch import nn

from cnnviz.frontend import FrontendSpec
from cnnviz.model import AudioModel
from cnnviz.trace.records import NetworkTrace
from cnnviz.trace.runner import trace as run_trace

_Key = tuple[nn.Module, int, FrontendSpec, str]
_SHARED: ContextVar[dict[_Key, NetworkTrace] | None] = ContextVar("shared traces", default=None)


@contextmanager
def shared_traces() -> Iterator[None]:
    """Inside, a network is traced once for each length; for code in which nothing changes it.

    Outside nothing is remembered, so that a network changed in a notebook is never read stale.
    A block inside another shares with it.
    """
    outer = _SHARED.get()
    token = _SHARED.set({} if outer is None else outer)
    try:
        yield
    finally:
        _SHARED.reset(token)


def trace(model: AudioModel, n_samples: int | None = None) -> NetworkTrace:
    """Run a network once on noise and follow every tensor; see `shared_traces`.

    Parameters
    ----------
    model
        Borrowed; nothing about it differs afterwards.
    n_samples
        Length of the clip in audio samples; None: the model's, else one second.

    Returns
    -------
    NetworkTrace
        Receptive fields along time are in audio samples, through the frontend.

    Raises
    ------
    UnsupportedModelError
        If there is no graph to run.
    ShapeError
        If the network does not accept clips of this length.
    """
    n_samples = n_samples or model.n_samples or model.sample_rate
    shared = _SHARED.get()
    if shared is None:
        return run_trace(model, n_samples)
    key = (model.network, n_samples, model.frontend.spec, model.layout)
    if key not in shared:
        shared[key] = run_trace(model, n_samples)
    return shared[key]
