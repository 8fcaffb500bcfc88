"""Where a network runs: the device, and the threads of the processor."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch

from cnnviz.errors import ParameterError, UnsupportedModelError
from cnnviz.model.audio_model import AudioModel

AUTO = "auto"


def available_devices() -> tuple[str, ...]:
    """Names of the devices of this machine."""
    return tuple(_devices())


def _devices() -> Iterator[str]:
    yield "cpu"
    yield from (f"cuda:{index}" for index in range(torch.cuda.device_count()))
    if torch.backends.mps.is_available():
        yield "mps"


def find_device(name: str) -> torch.device:
    """Turn a name into a device of this machine.

    Parameters
    ----------
    name
        ``"cpu"``, ``"cuda"``, ``"cuda:N"``, ``"mps"``, or ``"auto"``: CUDA where there is it,
        else the processor. MPS has no float64, in which explanations are checked, so it is
        taken only by name.

    Raises
    ------
    ParameterError
        If there is no such device; the text lists those there are.
    """
    devices = available_devices()
    device = "cuda:0" if name == "cuda" else name
    if device == AUTO:
        device = "cuda:0" if "cuda:0" in devices else "cpu"
    if device not in devices:
        raise ParameterError(
            f"device={name!r} is not on this machine; allowed: {AUTO}, {', '.join(devices)}; "
            "choose one of them with --device"
        )
    return torch.device(device)


def on_device(model: AudioModel, name: str | None) -> AudioModel:
    """The model on a device: itself where it is there already, else a copy.

    A copy, because the network is the user's: it stays where it is, bit by bit.

    Parameters
    ----------
    model
        Borrowed.
    name
        As `find_device` takes it; None: where it is.

    Raises
    ------
    ParameterError
        If there is no such device.
    UnsupportedModelError
        If the network cannot be copied.
    """
    device = model.device if name is None else find_device(name)
    if device == model.device or not model.has_graph:
        return model
    try:
        network = copy.deepcopy(model.network).to(device)
    except (RuntimeError, TypeError) as error:
        raise UnsupportedModelError(
            f"{model.name} cannot be copied to {device} ({error}); allowed: {model.device}, where "
            "it is; move it there yourself, or leave --device out"
        ) from error
    return replace(model, network=network)


def describe_device(device: torch.device) -> str:
    """Name for the record, such as ``"cpu"`` or ``"cuda:0, NVIDIA H100"``."""
    if device.type != "cuda":
        return str(device)
    return f"{device}, {torch.cuda.get_device_name(device)}"


def use_threads(n_threads: int | None) -> None:
    """Let torch use so many threads of the processor; None: as many as it takes by itself.

    Raises
    ------
    ParameterError
        If the number is below one.
    """
    if n_threads is None:
        return
    if n_threads < 1:
        raise ParameterError(f"threads={n_threads}; allowed: 1 or more")
    torch.set_num_threads(n_threads)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread, in torch, numpy and scikit-learn.

    Threads of GNU OpenMP do not outlive a fork: where they ran before it, a fork that asks for
    several waits for ever.
    """
    from threadpoolctl import threadpool_limits

    with kept_threads(), threadpool_limits(1):
        torch.set_num_threads(1)
        yield


@contextmanager
def kept_threads() -> Iterator[None]:
    """Give torch its number of threads back: numba's OpenMP pool sets it for the whole process."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)
