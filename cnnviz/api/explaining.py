"""Sounds explained without a run: a model or a bare module, and arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz import registry, workflow
from cnnviz.api.inputs import load_model
from cnnviz.errors import ParameterError, ShapeError
from cnnviz.run import Run

if TYPE_CHECKING:
    from torch import Tensor, nn

    from cnnviz.model import AudioModel
    from cnnviz.results import Relevance


def explain(
    model: AudioModel | nn.Module | str | Path,
    waveform: np.ndarray,
    *,
    sample_rate: int | None = None,
    method: str = "integrated_gradients",
    target: str | int | Callable[[Tensor], Tensor] = "predicted",
    labels: Sequence[int] = (),
    progress: Callable[[int, int], None] | None = None,
    **parameters: object,
) -> Relevance:
    """Explain the scores of sounds.

    Parameters
    ----------
    model
        A model, a reference to one, or a torch module that takes (clip, 1, samples).
    waveform
        One sound (samples,) or several of one length (clip, samples), at the model's rate.
    sample_rate
        Hz of the sounds; a module says none, so there it is needed.
    method
        Name of a file in ``cnnviz/attribution/methods``.
    target
        ``"predicted"``, ``"label"``, a class by its name or index, or a function of torch that
        makes one number for each clip of the scores (clip, class).
    labels
        True class of each sound, for ``target="label"``.
    progress
        Called with (clips done, clips in all).
    parameters
        Of the method; see ``cnnviz analyze METHOD --help``.

    Raises
    ------
    UnknownNameError
        If there is no such method.
    ParameterError
        If a parameter is not allowed, or the rates do not agree.
    ShapeError
        If `waveform` is not one or several sounds of finite numbers.
    UnsupportedModelError
        If the scores are not a finite, deterministic, differentiable function of the waveform.

    Examples
    --------
    >>> import cnnviz, zoo
    >>> clips = cnnviz.read_clips(zoo.clips_folder()).take([0])
    >>> sound = clips.at(sample_rate=16000, n_samples=16000).waveform(0)
    >>> why = cnnviz.explain("zoo:sinc_net", sound, method="input_x_gradient")
    >>> why.time_frequency.shape
    (1, 257, 128)
    """
    from cnnviz.attribution.function import behind
    from cnnviz.attribution.selection import ChosenClips
    from cnnviz.attribution.targets import classes_of, rivals_of

    registry.load(registry.METHODS, method)  # names what is allowed
    function = target if callable(target) else None
    word = getattr(function, "__name__", "function") if function else str(target)
    analyzer: Any = workflow.build_analyzer(method, target=word, **parameters)
    audio_model = _as_model(model, sample_rate).require_scores()
    if function is not None:
        audio_model = behind(audio_model, function)
    waveforms = _sounds(waveform)
    known = _labels(labels, len(waveforms))
    scores = _scores(audio_model, waveforms)  # (clip, class)
    names = audio_model.class_names or tuple(map(str, range(scores.shape[1])))
    names = (word,) if function else names
    targets = classes_of("0" if function else word, scores, known, names, parameter="target")
    chosen = ChosenClips(
        clip_index=np.arange(len(waveforms)),
        waveforms=waveforms,
        targets=targets,
        target_names=tuple(names[index] or f"class {index}" for index in targets),
        sample_rate=audio_model.sample_rate,
        class_names=names,
        rivals=rivals_of(analyzer.against, targets, scores, known, names),
        labels=known,
        predictions=scores.argmax(-1),
        is_function=function is not None,
    )
    provenance = replace(
        Run(model=audio_model).provenance(analyzer), clips_digest=_digest(waveforms)
    )
    result: Relevance = analyzer.explain(
        audio_model, chosen, provenance=provenance, progress=progress
    )
    return result


def _as_model(model: AudioModel | nn.Module | str | Path, sample_rate: int | None) -> AudioModel:
    from cnnviz.frontend import FrontendSpec
    from cnnviz.model import AudioModel, ModelSpec, assemble

    if isinstance(model, str | Path):
        model = load_model(str(model), sample_rate=sample_rate)
    elif not isinstance(model, AudioModel):
        if sample_rate is None:
            raise ParameterError("a module has no sample rate; add sample_rate=HZ")
        name = type(model).__name__
        spec = ModelSpec(sample_rate=sample_rate, frontend=FrontendSpec())
        return assemble(model, spec, name=name, reference=name)
    if sample_rate not in (None, model.sample_rate):
        raise ParameterError(
            f"sample_rate={sample_rate}, and {model.name} takes {model.sample_rate} Hz; resample "
            "the sounds, for instance with librosa.resample"
        )
    return model


def _sounds(waveform: np.ndarray) -> np.ndarray:
    """One sound or several as float32 (clip, samples)."""
    waveforms = np.atleast_2d(np.asarray(waveform))
    if waveforms.ndim != 2 or not waveforms.size or not np.isfinite(waveforms).all():
        raise ShapeError(
            f"waveform has shape {np.shape(waveform)}; allowed: finite numbers, (samples,) or "
            "(clip, samples)"
        )
    return waveforms.astype(np.float32)


def _labels(labels: Sequence[int], n_clips: int) -> np.ndarray:
    """True class of each sound, -1 where not known, (clip,)."""
    if not len(labels):
        return np.full(n_clips, -1)
    if len(labels) != n_clips:
        raise ParameterError(f"{len(labels)} labels for {n_clips} sounds; allowed: one for each")
    return np.asarray(labels, dtype=np.int64)


def _scores(model: AudioModel, waveforms: np.ndarray) -> np.ndarray:
    """Scores of each sound, float64 (clip, class)."""
    import torch

    from cnnviz.hooks import borrowed

    with torch.no_grad(), borrowed(model.network):
        rows = [model.scores(torch.tensor(one[None])).cpu().numpy() for one in waveforms]
    return np.concatenate(rows).astype(np.float64)


def _digest(waveforms: np.ndarray) -> str:
    from hashlib import sha256

    return sha256(waveforms.tobytes()).hexdigest()
