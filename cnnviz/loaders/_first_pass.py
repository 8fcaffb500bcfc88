"""The first forward pass: which layout fits, what comes out, and is it the same twice."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from cnnviz.errors import CnnvizError, ModelLoadError, ParameterError, ShapeError
from cnnviz.hooks import borrowed
from cnnviz.loaders._output_role import with_role
from cnnviz.loaders._refusals import refusal
from cnnviz.model import LAYOUTS, AudioModel, as_scores

_LEVEL = 0.1
_N_CLIPS = 2
_MOST_CELLS = 1 << 26  # of a spectrogram of one clip
_SHORT = 2048  # samples on which layouts are tried first
_DRAWN = "something random (functional dropout, noise?) is drawn"
_DRAW_IN_TRAINING = (
    "draw in training alone: F.dropout(x, p, training=self.training), or nn.Dropout made in "
    "__init__, not in forward"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Attempt:
    """What came of one layout: an output, or why there is none."""

    model: AudioModel
    output: object = None
    error: str = ""


def first_pass(model: AudioModel, *, layout: str | None) -> AudioModel:
    """Run two clips of noise through a model and complete it with what that shows.

    Parameters
    ----------
    model
        With a graph.
    layout
        As the contract says; None: found by trying.

    Returns
    -------
    AudioModel
        With layout, batch size, output and its role known, and notices about them.

    Raises
    ------
    ModelLoadError
        If two passes over the same clips differ.
    ParameterError
        If the network takes no such input, or class names and scores differ in number.
    """
    waveforms = noise(model)  # (clip, samples)
    with borrowed(model.network):
        attempt = _fitting_attempt(model, layout, waveforms)
        check_repeats(attempt.model, waveforms)
    return _completed(attempt)


def noise(model: AudioModel) -> Tensor:
    """Two quiet clips of white noise, as long as the model's clips or one second."""
    n_samples = model.n_samples or model.sample_rate
    _refuse_long(model, n_samples)
    generator = torch.Generator().manual_seed(0)
    return _LEVEL * torch.randn(_N_CLIPS, n_samples, generator=generator)


def _refuse_long(model: AudioModel, n_samples: int) -> None:
    """Refuse a frontend whose spectrogram of a clip would fill the memory."""
    spec = model.frontend.spec
    n_fft, hop_length = spec.n_fft or 1, spec.hop_length or 1
    n_cells = n_fft * (n_samples // hop_length + 1)
    if spec.kind != "waveform" and n_cells > _MOST_CELLS:
        raise ParameterError(
            f"n_fft={n_fft}, hop_length={hop_length} and {n_samples:,} samples make {n_cells:,} "
            f"cells of a spectrogram; allowed: at most {_MOST_CELLS:,}; give a larger hop_length"
        )


def _fitting_attempt(model: AudioModel, layout: str | None, waveforms: Tensor) -> _Attempt:
    """The attempt whose layout the network takes."""
    fixed = layout is not None or model.frontend.spec.kind != "waveform"
    layouts = (model.layout,) if fixed else LAYOUTS
    failed: list[_Attempt] = []
    for size in (model.batch_size,) if model.batch_size else (_N_CLIPS, 1):
        single = replace(model, batch_size=1) if size == 1 else model
        attempts = _attempts([replace(single, layout=each) for each in layouts], waveforms, size)
        fitting = [attempt for attempt in attempts if not attempt.error]
        if fitting:
            return fitting[0]
        failed = failed or attempts
    raise ParameterError(refusal(model, failed[0].error, layouts))


def _attempts(models: list[AudioModel], waveforms: Tensor, size: int) -> list[_Attempt]:
    """Try layouts at full length until one fits; those that fit a short clip too are compared.

    Read in a wrong layout, a network can take many times its memory: attention over samples.
    """
    if len(models) == 1:
        return [_attempt(models[0], waveforms, size)]
    short = [_attempt(model, waveforms[:, :_SHORT], size) for model in models]
    fits_short = [attempt for attempt in short if not attempt.error]
    _refuse_ambiguous(fits_short)
    first = fits_short[0].model if fits_short else None
    likely = [each.model for each in short if each.error or each.model is first]
    attempts = [_attempt(each, waveforms, size) for each in likely]
    _refuse_ambiguous([attempt for attempt in attempts if not attempt.error])
    return attempts


def _refuse_ambiguous(fitting: list[_Attempt]) -> None:
    if any(not _same(fitting[0].output, other.output) for other in fitting[1:]):
        names = ", ".join(attempt.model.layout for attempt in fitting)
        raise ParameterError(
            f"{fitting[0].model.reference} takes the layouts {names} and answers each differently; "
            "add --layout with the one it was trained on"
        )


def _attempt(model: AudioModel, waveforms: Tensor, size: int) -> _Attempt:
    """Run a batch of `size` clips, which must give `size` outputs."""
    try:
        inputs = model.network_input(waveforms)
    except CnnvizError as error:
        return _Attempt(model=model, error=str(error))
    batch = inputs.repeat(-(-size // len(inputs)), *[1] * (inputs.ndim - 1))[:size]
    batch = batch.detach().requires_grad_() * 1  # not a leaf, so that it may be changed in place
    try:
        with torch.enable_grad():
            output = model.network(batch)
    except CnnvizError:
        raise
    except Exception as error:  # the user's own forward fails in any way it likes
        text = (str(error).strip().splitlines() or [""])[0][:200]
        return _Attempt(model=model, error=f"{type(error).__name__}: {text}")
    shapes = [tuple(tensor.shape) for tensor in _flat(output)]
    if not any(shape[:1] == (size,) for shape in shapes) and not (size == 1 and shapes):
        return _Attempt(model=model, error=f"{size} clips gave outputs of shapes {shapes}")
    return _Attempt(model=model, output=output)


def _same(output: object, other: object) -> bool:
    first, second = _flat(output), _flat(other)
    return len(first) == len(second) and all(
        a.shape == b.shape and torch.allclose(a, b, rtol=1e-4, atol=1e-6, equal_nan=True)
        for a, b in zip(first, second, strict=True)
    )


def _flat(output: object) -> list[Tensor]:
    if isinstance(output, Tensor):
        return [output.detach()] if output.is_floating_point() else []
    values = output.values() if isinstance(output, dict) else output
    if isinstance(values, list | tuple) or isinstance(output, dict):
        return [tensor for value in values for tensor in _flat(value)]  # type: ignore[attr-defined]
    return []


def check_repeats(model: AudioModel, waveforms: Tensor) -> None:
    """Refuse a network that gives two outputs for the same clips.

    The caller holds the network in evaluation mode.

    Raises
    ------
    ModelLoadError
        With the first module whose output differs though its input does not.
    """
    inputs = model.network_input(waveforms)[: model.batch_size or _N_CLIPS]
    with torch.no_grad():
        outputs = [model.network(inputs) for _ in range(2)]
        if _same(*outputs):
            return
        reason = _first_difference(model.network, inputs)
    raise ModelLoadError(
        f"{model.reference} answers the same clip differently each time, also in evaluation mode: "
        f"{reason}"
    )


def _first_difference(network: nn.Module, inputs: Tensor) -> str:
    """Name of the first module that draws at random."""
    runs: list[list[tuple[str, object, object]]] = [[], []]
    for calls in runs:
        handles = [
            module.register_forward_hook(
                lambda _, layer_inputs, output, name=name, calls=calls: calls.append(
                    (name, layer_inputs, output)
                )
            )
            for name, module in network.named_modules()
            if not list(module.children())
        ]
        try:
            network(inputs)
        finally:
            for handle in handles:
                handle.remove()
    before = "its input"
    for (name, layer_inputs, output), (_, inputs_again, output_again) in zip(*runs, strict=False):
        if not _same(list(layer_inputs), list(inputs_again)):
            return f"{_DRAWN} between {before} and {name!r}; {_DRAW_IN_TRAINING}"
        if not _same(output, output_again):
            kind = type(network.get_submodule(name)).__name__
            return (
                f"layer {name!r} ({kind}) draws at random; in a factory put another in its place: "
                f'network.set_submodule("{name}", nn.Identity())'
            )
        before = repr(name)
    return f"{_DRAWN} after {before}; {_DRAW_IN_TRAINING}"


def _completed(attempt: _Attempt) -> AudioModel:
    """Complete the model by what its output shows."""
    model = attempt.model
    notices = list(model.notices)
    n_clips = model.batch_size or _N_CLIPS
    if model.batch_size == 1:
        notices.append("the network takes one clip at a time")
    model = replace(model, notices=tuple(notices))
    try:
        model = with_role(model, attempt.output, n_clips)
    except ShapeError as error:
        return replace(model, no_scores=str(error), notices=(*notices, f"no scores: {error}"))
    n_classes = len(model.class_names) or None
    scores = as_scores(attempt.output, n_clips, n_classes=n_classes, reading=model.reading)
    if n_classes not in (None, scores.shape[1]):
        raise ParameterError(
            f"class_names has {n_classes} names; {model.reference} gives {scores.shape[1]} "
            "scores; give one name per score, in output order"
        )
    return model
