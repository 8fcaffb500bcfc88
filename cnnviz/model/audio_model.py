"""AudioModel: a network that takes audio, and what is needed to read its axes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import torch
from torch import Tensor, nn

from cnnviz.errors import ParameterError, ShapeError, UnsupportedModelError
from cnnviz.frontend import Frontend, FrontendSpec, build_frontend
from cnnviz.model.checkpoint import digest_tensors
from cnnviz.model.reading import OutputReading
from cnnviz.model.scores import as_scores
from cnnviz.model.spec import ModelSpec
from cnnviz.roles import UNKNOWN, has_classes

_NOT_READ = OutputReading()


class WeightsOnly(nn.Module):
    """Tensors without a graph: what a bare state dict gives.

    Parameters
    ----------
    tensors
        Name to tensor, in file order.
    hint
        What the user can add to get a network, for the error of `forward`.
    """

    def __init__(self, tensors: Mapping[str, Tensor], hint: str) -> None:
        super().__init__()
        self.tensors = dict(tensors)
        self.hint = hint

    def forward(self, inputs: Tensor) -> Tensor:  # noqa: ARG002 (what every network takes)
        """Refuse: there is no graph to run."""
        raise UnsupportedModelError(self.hint)


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioModel:
    """A network that takes audio, with all that is needed to read its axes in Hz and seconds.

    Parameters
    ----------
    frontend
        Waveform (clip, samples) to network input.
    network
        The user's module, borrowed: every call leaves it as it was.
    sample_rate
        Hz.
    n_samples
        Audio samples per clip, or None.
    class_names
        In order of the outputs, may be empty.
    name
        Short name for titles and folders.
    digest
        SHA-256 over names, shapes and bytes of the weights.
    reference, weights
        What the user typed to get it, and the file of tensors beside a factory.
    layout, output
        As in `ModelSpec`.
    label_smoothing
        Share of the target that its training spread over all classes, in [0, 1); None where it
        is not known.
    batch_size
        The only batch size the network takes (a program exported without a dynamic axis);
        None: any. `scores` takes any number of clips all the same.
    notices
        Remarks for the user about how the model was read, one sentence each.
    rebuild
        Builds the same architecture with weights drawn from the global random state; None: not
        known how.
    initial
        Gives the network with the weights its training began with, or None; None: not known.
    reading
        Role of the output, and how a time axis in it is pooled.
    no_scores
        Why there is no row of numbers per clip in what the network returns; empty: there is.
    """

    frontend: Frontend
    network: nn.Module
    sample_rate: int
    n_samples: int | None = None
    class_names: tuple[str, ...] = ()
    name: str
    digest: str
    reference: str = ""
    weights: str = ""
    layout: str = "bct"
    output: str | None = None
    label_smoothing: float | None = None
    batch_size: int | None = None
    notices: tuple[str, ...] = ()
    rebuild: Callable[[], nn.Module] | None = None
    initial: Callable[[], nn.Module | None] | None = None
    reading: OutputReading = _NOT_READ
    no_scores: str = ""

    @property
    def role(self) -> str:
        """What the output is for, one of `cnnviz.roles.ROLES` or ``"unknown"``."""
        return self.reading.role

    @property
    def has_classes(self) -> bool:
        """Whether the outputs are classes of which each clip has one."""
        return has_classes(self.role, self.class_names)

    @property
    def has_graph(self) -> bool:
        """Whether a forward pass is possible."""
        return not isinstance(self.network, WeightsOnly)

    @property
    def tensors(self) -> Mapping[str, Tensor]:
        """Parameters and buffers by name, also of a bare state dict."""
        return named_tensors(self.network)

    @property
    def device(self) -> torch.device:
        """Where the network is; the processor where it holds no tensor."""
        first = next(chain(self.network.parameters(), self.network.buffers()), None)
        return torch.device("cpu") if first is None else first.device

    def network_input(self, waveforms: Tensor) -> Tensor:
        """What the network takes: float32 (clip, samples) to its own axes, type and device."""
        device = self.device  # the frontend is ours, and follows the network
        inputs = self.frontend.to(device)(waveforms.to(device))
        if inputs.ndim == 2 and self.layout != "bt":
            inputs = inputs.unsqueeze(1 if self.layout == "bct" else -1)
        parameter = next((p for p in self.network.parameters() if p.is_floating_point()), None)
        return inputs if parameter is None else inputs.to(parameter)  # (clip, ..., time)

    def scores(self, waveforms: Tensor) -> Tensor:
        """Run frontend and network as they are: (clip, samples) to (clip, class).

        The caller holds the network in evaluation mode (`hooks.borrowed`).

        Raises
        ------
        ShapeError
            If no (clip, class) scores can be found in what the network returns.
        UnsupportedModelError
            If there are weights but no network.
        """
        inputs = self.network_input(waveforms)
        size = self.batch_size or len(inputs)
        batches = [
            self._batch(inputs[start : start + size]) for start in range(0, len(inputs), size)
        ]
        return torch.cat(batches)  # (clip, class)

    def _batch(self, inputs: Tensor) -> Tensor:
        n_clips = len(inputs)
        missing = (self.batch_size or n_clips) - n_clips
        if missing > 0:
            inputs = torch.cat([inputs, inputs[-1:].expand(missing, *inputs.shape[1:])])
        n_classes = len(self.class_names) or None
        output = self.network(inputs)
        scores = as_scores(output, len(inputs), n_classes=n_classes, reading=self.reading)
        return scores[:n_clips]

    def require_network(self) -> "AudioModel":
        """The model itself; weights alone are refused, before time is spent on clips.

        Raises
        ------
        UnsupportedModelError
            If there is nothing to run; the text says how to name the network.
        """
        if not self.has_graph:
            raise UnsupportedModelError(getattr(self.network, "hint", "the model has no graph"))
        return self

    def require_scores(self) -> "AudioModel":
        """The model itself; one without a row of numbers per clip is refused.

        Raises
        ------
        ShapeError
            If no tensor that the network returns is one, or several are.
        UnsupportedModelError
            If there is nothing to run.
        """
        if self.no_scores:
            raise ShapeError(self.no_scores)
        return self.require_network()

    def with_classes(self, class_names: Sequence[str]) -> "AudioModel":
        """A copy that knows its class names; a role that was not known is classes then."""
        model = self.with_role("classes") if self.role == UNKNOWN and class_names else self
        return replace(model, class_names=tuple(class_names))

    def with_role(self, role: str) -> "AudioModel":
        """A copy whose output has another role; how time is pooled stays."""
        return replace(self, reading=replace(self.reading, role=role))

    def with_samples(self, n_samples: int) -> "AudioModel":
        """A copy that knows the length of its clips."""
        return replace(self, n_samples=n_samples)


def named_tensors(network: nn.Module) -> Mapping[str, Tensor]:
    """Parameters and buffers of a network by name, also of `WeightsOnly`."""
    if isinstance(network, WeightsOnly):
        return network.tensors
    state = network.state_dict()
    return {name: value for name, value in state.items() if isinstance(value, Tensor)}


def assemble(
    network: nn.Module, spec: ModelSpec, *, name: str, reference: str, digest: str | None = None
) -> AudioModel:
    """Make an AudioModel from a network and its contract.

    Parameters
    ----------
    network
        The user's module or `WeightsOnly`; of one that torch compiled or made parallel what is
        inside, which has the same weights and the layers that can be reached.
    spec
        Its contract; layout and frontend that it leaves open are ``"bct"`` and the waveform.
    name, reference, digest
        As in `AudioModel`; digest None: computed.

    Raises
    ------
    ParameterError
        If the sample rate is not known, or the frontend does not go with it.
    """
    if spec.sample_rate is None:
        raise ParameterError(
            f"{reference} holds tensors without a sample rate; add --sample-rate HZ "
            "(common: 16000, 22050, 44100)"
        )
    network = _unwrapped(network)
    return AudioModel(
        frontend=build_frontend(spec.frontend or FrontendSpec(), sample_rate=spec.sample_rate),
        network=network,
        sample_rate=spec.sample_rate,
        n_samples=spec.n_samples,
        class_names=spec.class_names,
        name=name,
        digest=digest or digest_tensors(named_tensors(network)),
        reference=reference,
        layout=spec.layout or "bct",
        output=spec.output,
        reading=OutputReading(role=spec.role or UNKNOWN),
    )


def _unwrapped(network: nn.Module) -> nn.Module:
    """The network inside ``torch.compile``, DataParallel and DistributedDataParallel."""
    while True:
        if isinstance(network, nn.DataParallel | nn.parallel.DistributedDataParallel):
            network = network.module
        elif isinstance(compiled := getattr(network, "_orig_mod", None), nn.Module):
            network = compiled
        else:
            return network
