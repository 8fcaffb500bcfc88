"""AudioModel: frontend, network, sample rate, class names and digest in one value."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_safetensors
from torch import Tensor, nn

from cnnviz.errors import ModelLoadError, ParameterError, ShapeError, UnsupportedModelError
from cnnviz.frontend import Frontend, FrontendSpec, build_frontend

LAYOUTS = ("bct", "bt", "btc")
OUTPUTS = ("logits", "log_probabilities", "probabilities", "sigmoid")
CHECKPOINT_FORMAT = "cnnviz-checkpoint-1"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSpec:
    """The input contract of a network, as it stands in a checkpoint or in ``MODEL.json``.

    Parameters
    ----------
    architecture
        How to build the network: ``"zoo:NAME"`` or ``"package.module:factory"``; None when
        the file holds weights alone.
    sample_rate
        Hz, of the audio the network was trained on; None when not known.
    n_samples
        Audio samples per clip; None when any length goes.
    layout
        Axes of the network's input on raw waveforms: ``"bct"`` (clip, 1, time), ``"bt"``,
        ``"btc"``. Spectrogram frontends give (clip, 1, frequency, time).
    frontend
        Waveform to network input.
    class_names
        In order of the outputs; empty when not known.
    output
        What the network returns: ``"logits"``, ``"log_probabilities"``, ``"probabilities"``
        (softmax) or ``"sigmoid"`` (independent tags); None: measured on the first batch.
    """

    architecture: str | None = None
    sample_rate: int | None = None
    n_samples: int | None = None
    layout: str = "bct"
    frontend: FrontendSpec = FrontendSpec()
    class_names: tuple[str, ...] = ()
    output: str | None = None

    def __post_init__(self) -> None:
        for name in ("sample_rate", "n_samples"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or value <= 0):
                raise ParameterError(f"{name}={value!r}; allowed: a positive whole number")
        if self.layout not in LAYOUTS:
            raise ParameterError(f"layout={self.layout!r}; allowed: {', '.join(LAYOUTS)}")
        if self.output not in (None, *OUTPUTS):
            raise ParameterError(f"output={self.output!r}; allowed: {', '.join(OUTPUTS)}")

    def to_dict(self) -> dict[str, object]:
        """Plain types only, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, object], *, source: str) -> "ModelSpec":
        """Read a specification; `source` names the file in errors.

        Raises
        ------
        ParameterError
            For an unknown key or a value out of range.
        """
        known = set(cls.__dataclass_fields__)
        unknown = sorted(set(values) - known)
        if unknown:
            raise ParameterError(
                f"{source} has the unknown key {unknown[0]!r}; allowed: {', '.join(sorted(known))}"
            )
        fields = dict(values)
        if "class_names" in fields:
            fields["class_names"] = tuple(str(name) for name in fields["class_names"] or ())  # type: ignore[attr-defined]
        if "frontend" in fields:
            fields["frontend"] = FrontendSpec.from_dict(fields["frontend"] or {}, source=source)  # type: ignore[arg-type]
        try:
            return cls(**fields)  # type: ignore[arg-type]
        except ParameterError as error:
            raise ParameterError(f"{source}: {error}") from None


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

    def forward(self, inputs: Tensor) -> Tensor:
        """Refuse: there is no graph to run."""
        raise UnsupportedModelError(self.hint)


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioModel:
    """A network that eats audio, with all that is needed to read its axes in Hz and seconds.

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
    reference
        What the user typed to get it.
    layout, output
        As in `ModelSpec`.
    """

    frontend: Frontend
    network: nn.Module
    sample_rate: int
    n_samples: int | None = None
    class_names: tuple[str, ...] = ()
    name: str
    digest: str
    reference: str = ""
    layout: str = "bct"
    output: str | None = None

    @property
    def has_graph(self) -> bool:
        """Whether a forward pass is possible."""
        return not isinstance(self.network, WeightsOnly)

    def network_input(self, waveforms: Tensor) -> Tensor:
        """What the network eats: float32 (clip, samples) to its own axes."""
        features = self.frontend(waveforms)
        if features.ndim > 2:
            return features  # (clip, 1, frequency, time)
        if self.layout == "bt":
            return features
        return features.unsqueeze(1 if self.layout == "bct" else -1)

    def scores(self, waveforms: Tensor) -> Tensor:
        """Run frontend and network as they are: (clip, samples) to (clip, class).

        The caller holds the network in evaluation mode (`hooks.borrowed`).

        Raises
        ------
        ShapeError
            If no (clip, class) scores can be found in what the network returns.
        """
        return as_scores(self.network(self.network_input(waveforms)), len(waveforms))

    def with_classes(self, class_names: tuple[str, ...]) -> "AudioModel":
        """A copy that knows its class names."""
        return replace(self, class_names=class_names)

    def with_samples(self, n_samples: int) -> "AudioModel":
        """A copy that knows the length of its clips."""
        return replace(self, n_samples=n_samples)


def as_scores(output: object, n_clips: int) -> Tensor:
    """Find the (clip, class) scores in whatever a network returns.

    Tuples, lists and dicts are searched for the first tensor that fits; a batch axis that the
    network squeezed away for a single clip is put back; trailing axes of length one go.

    Raises
    ------
    ShapeError
        If nothing fits.
    """
    shapes = []
    for tensor in _tensors(output):
        squeezed = tensor
        while squeezed.ndim > 2 and 1 in squeezed.shape[2:]:
            axis = 2 + list(squeezed.shape[2:]).index(1)
            squeezed = squeezed.squeeze(axis)
        if n_clips == 1 and (squeezed.ndim == 0 or squeezed.shape[0] != 1):
            squeezed = squeezed.reshape(-1) if squeezed.ndim == 0 else squeezed
            squeezed = squeezed.unsqueeze(0) if squeezed.ndim == 1 else squeezed
        if squeezed.ndim == 1 and squeezed.shape[0] == n_clips:
            squeezed = squeezed.unsqueeze(1)
        if squeezed.ndim == 2 and squeezed.shape[0] == n_clips:
            return squeezed
        shapes.append(tuple(tensor.shape))
    raise ShapeError(
        f"network output has shapes {shapes or 'no tensor'}; allowed: (clip, class) for "
        f"{n_clips} clips, alone or in a tuple or dict; wrap the network in a module that "
        "returns one score per class"
    )


def measured_output(scores: Tensor) -> str:
    """Tell what a network returns from its scores (clip, class): one of `OUTPUTS`.

    Rows of a softmax sum to one, those of a log-softmax after exponentiation; anything else
    within 0 ... 1 in every entry is taken for independent sigmoids, the rest for logits.
    A single class tells only sigmoid from logits.
    """
    scores = scores.detach().double()
    in_unit = bool(((scores >= 0) & (scores <= 1)).all())
    ones = torch.ones(len(scores), dtype=scores.dtype, device=scores.device)
    if scores.shape[-1] > 1:
        if in_unit and torch.allclose(scores.sum(-1), ones, atol=1e-3):
            return "probabilities"
        if bool((scores <= 0).all()) and torch.allclose(scores.exp().sum(-1), ones, atol=1e-3):
            return "log_probabilities"
    return "sigmoid" if in_unit else "logits"


def _tensors(output: object) -> list[Tensor]:
    if isinstance(output, Tensor):
        return [output] if output.is_floating_point() else []
    if isinstance(output, Mapping):
        first = [output[key] for key in ("logits", "scores", "output", "out") if key in output]
        return [t for value in [*first, *output.values()] for t in _tensors(value)]
    if isinstance(output, list | tuple):
        return [t for value in output for t in _tensors(value)]
    return []


def digest_tensors(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes of tensors, in name order."""
    hashed = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        hashed.update(f"{name}|{tensor.dtype}|{tuple(tensor.shape)}|".encode())
        hashed.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return hashed.hexdigest()


def assemble(
    network: nn.Module, spec: ModelSpec, *, name: str, reference: str, digest: str | None = None
) -> AudioModel:
    """Make an AudioModel from a network and its contract.

    Raises
    ------
    ParameterError
        If the sample rate is not known.
    """
    if spec.sample_rate is None:
        raise ParameterError(
            f"{reference} holds tensors without a sample rate; add --sample-rate HZ "
            "(common: 16000, 22050, 44100)"
        )
    tensors = network.tensors if isinstance(network, WeightsOnly) else network.state_dict()
    return AudioModel(
        frontend=build_frontend(spec.frontend, sample_rate=spec.sample_rate),
        network=network,
        sample_rate=spec.sample_rate,
        n_samples=spec.n_samples,
        class_names=spec.class_names,
        name=name,
        digest=digest or digest_tensors(tensors),
        reference=reference,
        layout=spec.layout,
        output=spec.output,
    )


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
    partial = path.with_name(f".{path.name}.partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        if path.suffix == ".safetensors":
            partial.write_bytes(to_safetensors(tensors, metadata={"cnnviz": json.dumps(head)}))
        else:
            torch.save({**json.loads(json.dumps(head)), "state_dict": tensors}, partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
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
    """
    head = _read_safetensors(path) if path.suffix == ".safetensors" else _read_pt(path)
    if head is None or head[0].get("format") != CHECKPOINT_FORMAT:
        return None
    values, tensors = head
    if digest_tensors(tensors) != values.get("digest"):
        raise ModelLoadError(
            f"{path} does not match its own digest; the file is damaged; get a fresh copy"
        )
    return tensors, ModelSpec.from_dict(values["spec"], source=str(path))  # type: ignore[arg-type]


def _read_safetensors(path: Path) -> tuple[dict[str, object], dict[str, Tensor]] | None:
    try:
        with safe_open(path, framework="pt") as file:
            head = (file.metadata() or {}).get("cnnviz")
            if head is None:
                return None
            return json.loads(head), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (safe_open has no iterator)
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelLoadError(f"{path} cannot be read as safetensors: {error}") from error


def _read_pt(path: Path) -> tuple[dict[str, object], dict[str, Tensor]] | None:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # any failure means: not ours; the next loader says what it is
        return None
    if not isinstance(content, dict) or not isinstance(content.get("state_dict"), dict):
        return None
    return {k: v for k, v in content.items() if k != "state_dict"}, content["state_dict"]
