"""What units answer to every exemplar of a vocabulary, and how well that tells its words apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cnnviz.dsp.detection import Detection, detect
from cnnviz.model import AudioModel
from cnnviz.probing.listening import listening
from cnnviz.probing.stimuli import ramp_samples
from cnnviz.probing.unit_layers import UnitLayer
from cnnviz.probing.vocabulary import Word
from cnnviz.probing.word_sounds import N_EXEMPLARS, exemplars

MORE_SECONDS = 0.3
"""Beyond what layers need, for slow modulations, where the network takes such sounds."""
_REFUSALS = (RuntimeError, ValueError, IndexError, AssertionError, TypeError)
_DIRECTION_GAIN = np.sqrt(2.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class WordResponses:
    """Of the units of a layer, float64 (unit, sound); sounds word by word.

    Parameters
    ----------
    mean
        Over the cells that see no ramp; of a layer with a frequency axis in the band that
        answers most.
    peak
        Over the same cells.
    has_interior
        Whether there are such cells; else those in the middle were read.
    """

    mean: np.ndarray
    peak: np.ndarray
    has_interior: bool = True


def sound_length(model: AudioModel, layers: Sequence[UnitLayer]) -> int:
    """Audio samples of sounds that layers hear well and, where it takes them, modulations fit."""
    with listening(model, layers) as listener:
        n_samples = listener.n_samples
    longer = n_samples + round(MORE_SECONDS * model.sample_rate)
    if n_samples == model.n_samples:
        return n_samples
    try:
        with listening(model, layers, n_samples=longer) as listener:
            listener.hear(torch.zeros(1, longer))
    except _REFUSALS:
        return n_samples
    return longer


def steady_seconds(n_samples: int, sample_rate: float) -> float:
    """Seconds of a sound between its ramps."""
    return (n_samples - 2 * ramp_samples(sample_rate)) / sample_rate


def hear_words(
    model: AudioModel,
    layers: Sequence[UnitLayer],
    words: Sequence[Word],
    *,
    n_samples: int,
    seed: int,
) -> Mapping[str, WordResponses]:
    """Hear all exemplars, of one word at a time.

    Parameters
    ----------
    model
        Borrowed.
    layers
        In order of execution.
    words
        Of `vocabulary`.
    n_samples
        Of each sound.
    seed
        Of the exemplars.
    """
    heard: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {layer.name: [] for layer in layers}
    interior: dict[str, bool] = {}
    ramp = ramp_samples(model.sample_rate)
    with listening(model, layers, n_samples=n_samples) as listener:
        for word in words:
            sounds = exemplars(word, n_samples=n_samples, sample_rate=model.sample_rate, seed=seed)
            for activations in listener.answers(sounds):
                for layer in layers:
                    found = activations[layer.name]
                    cells, interior[layer.name] = layer.interior(
                        found.shape[-1], n_samples=n_samples, ramp=ramp
                    )
                    heard[layer.name].append(_read(found[..., cells]))
    return {
        name: WordResponses(
            mean=np.concatenate([mean for mean, _ in parts], axis=1),
            peak=np.concatenate([peak for _, peak in parts], axis=1),
            has_interior=interior[name],
        )
        for name, parts in heard.items()
    }


def tell_words(responses: WordResponses, words: Sequence[Word]) -> Detection:
    """Hold each word against all others, (unit, word), by the mean or, if it moves, the peak.

    Parameters
    ----------
    responses
        Of one layer.
    words
        In the order of its sounds.
    """
    classes = np.repeat(np.arange(len(words)), N_EXEMPLARS)
    by_mean, by_peak = detect(responses.mean, classes), detect(responses.peak, classes)
    moving = np.array([word.is_moving for word in words])
    return Detection(
        auroc=np.where(moving, by_peak.auroc, by_mean.auroc),
        d_prime=np.where(moving, by_peak.d_prime, by_mean.d_prime),
        p_value=np.where(moving, by_peak.p_value, by_mean.p_value),
    )


def prefers_direction(responses: WordResponses, words: Sequence[Word]) -> np.ndarray:
    """Whether units answer a chirp more than the same played backwards, bool (unit, word).

    The largest response to its exemplars lies 3 dB above that to theirs, re the unit's lowest
    response; sweeps that are shorter than a unit's memory tell no direction, so that a mean over
    all of them would hide it. True for words that are no chirps.
    """
    peaks = responses.peak - responses.peak.min(axis=1, keepdims=True)
    peaks = peaks.reshape(len(peaks), len(words), -1)  # (unit, word, exemplar)
    names = [word.name for word in words]
    allowed = np.ones(peaks.shape[:2], dtype=bool)
    for k, name in enumerate(names):
        mirror = name.replace("up-", "down-") if "up-" in name else name.replace("down-", "up-")
        if mirror == name:
            continue
        own, other = peaks[:, k].max(axis=1), peaks[:, names.index(mirror)].max(axis=1)
        allowed[:, k] = own > _DIRECTION_GAIN * other
    return allowed


def _read(steady: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Mean and peak of activations (sound, unit, [frequency,] time), (unit, sound) each."""
    values = torch.nan_to_num(steady.to("cpu", torch.float64))
    mean, peak = values.mean(-1), values.amax(-1)
    if values.ndim == 4:
        mean, peak = mean.amax(-1), peak.amax(-1)
    return mean.numpy().T, peak.numpy().T
