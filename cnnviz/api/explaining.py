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

    from cnnviz.attribution.selection import ChosenClips
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
    (result,) = explain_each(
        model,
        waveform,
        [target],
        sample_rate=sample_rate,
        method=method,
        labels=labels,
        progress=progress,
        **parameters,
    )
    return result


def explain_each(
    model: AudioModel | nn.Module | str | Path,
    waveform: np.ndarray,
    targets: Sequence[str | int | Callable[[Tensor], Tensor]] = (),
    *,
    sample_rate: int | None = None,
    method: str = "saliency",
    labels: Sequence[int] = (),
    progress: Callable[[int, int], None] | None = None,
    **parameters: object,
) -> tuple[Relevance, ...]:
    """Explain several scores of the same sounds, a result for each.

    Saliency and input x gradient take one forward pass for all of them.

    Parameters
    ----------
    targets
        Of one result each, as `target` of `explain`; none: every class. A function stands alone.
    model, waveform, sample_rate, method, labels, progress, parameters
        As in `explain`, which also says what is raised.

    Examples
    --------
    >>> import cnnviz, zoo
    >>> clips = cnnviz.read_clips(zoo.clips_folder()).take([0])
    >>> sound = clips.at(sample_rate=16000, n_samples=16000).waveform(0)
    >>> every = cnnviz.explain_each("zoo:sinc_net", sound)
    >>> [why.target.words[0] for why in every][:2]
    ['_silence_ rather than yes', '_unknown_ rather than yes']
    """
    from cnnviz.attribution.function import behind

    registry.load(registry.METHODS, method)  # names what is allowed
    function = next((one for one in targets if callable(one)), None)
    if function is not None and len(targets) > 1:
        raise ParameterError(
            f"{len(targets)} targets, of which one is a function; allowed: it alone"
        )
    audio_model = _as_model(model, sample_rate).require_scores()
    if function is not None:
        audio_model = behind(audio_model, function)
    waveforms = _sounds(waveform)
    scores = _scores(audio_model, waveforms)  # (clip, class)
    names = audio_model.class_names or tuple(map(str, range(scores.shape[1])))
    if function is not None:
        names = (getattr(function, "__name__", "function"),)
    words = names if function else tuple(map(str, targets)) or tuple(map(str, range(len(names))))
    analyzers: list[Any] = [
        workflow.build_analyzer(method, target=word, **parameters) for word in words
    ]
    known = _labels(labels, len(waveforms))
    of_clips = (scores, known, names)
    choices = [_chosen(one, waveforms, of_clips, audio_model, bool(function)) for one in analyzers]
    run, digest = Run(model=audio_model), _digest(waveforms)
    provenances = [replace(run.provenance(one), clips_digest=digest) for one in analyzers]
    return tuple(
        analyzers[0].explain_each(audio_model, choices, provenances=provenances, progress=progress)
    )


def _chosen(
    analyzer: Any,
    waveforms: np.ndarray,
    of_clips: tuple[np.ndarray, np.ndarray, tuple[str, ...]],
    model: AudioModel,
    is_function: bool,
) -> ChosenClips:
    """All sounds, with the target of an analyzer."""
    from cnnviz.attribution.selection import ChosenClips
    from cnnviz.attribution.targets import classes_of, rivals_of

    scores, labels, names = of_clips
    target = "0" if is_function else analyzer.target
    targets = classes_of(target, scores, labels, names, parameter="target")
    return ChosenClips(
        clip_index=np.arange(len(waveforms)),
        waveforms=waveforms,
        targets=targets,
        target_names=tuple(names[index] or f"class {index}" for index in targets),
        sample_rate=model.sample_rate,
        class_names=names,
        rivals=rivals_of(analyzer.against, targets, scores, labels, names),
        labels=labels,
        predictions=scores.argmax(-1),
        is_function=is_function,
    )


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
