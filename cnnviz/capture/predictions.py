"""A pass that keeps nothing but the network's scores: enough to evaluate it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from cnnviz.audio import Clips
from cnnviz.clips import ClipTable
from cnnviz.errors import ParameterError
from cnnviz.hooks import borrowed
from cnnviz.model import AudioModel, describe_device
from cnnviz.provenance import Provenance

_BATCH_SAMPLES = 512_000  # audio samples of one forward pass


@dataclass(frozen=True, kw_only=True, slots=True)
class Predictions:
    """Scores of clips, with what is known of the clips.

    Parameters
    ----------
    clips
        What is known of each clip.
    logits
        What the network gave, float32 (clip, class).
    model_classes
        Class names of the network, if it has any.
    n_corpus
        Clips of the corpus, also those of other splits.
    provenance
        What ran on what.
    """

    clips: ClipTable
    logits: np.ndarray
    model_classes: tuple[str, ...]
    n_corpus: int
    provenance: Provenance

    @property
    def n_clips(self) -> int:
        """Clips that went through the network."""
        return len(self.clips)


def predict(
    model: AudioModel,
    clips: Clips,
    *,
    batch_size: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    provenance: Provenance | None = None,
) -> Predictions:
    """Run clips through a model and keep its scores.

    Parameters
    ----------
    model
        Borrowed; nothing about it differs afterwards.
    clips
        Delivered at the model's sample rate and one length.
    batch_size
        Clips per forward pass; None: as many as make half a million audio samples.
    progress
        Called with (clips done, clips in all).
    provenance
        Its `created` and `command` are kept; the rest is filled in.

    Raises
    ------
    ParameterError
        If there are no clips, or they have no common length.
    """
    if not len(clips):
        raise ParameterError("there are no clips to run; allowed: one clip or more")
    size = batch_size or max(1, _BATCH_SAMPLES // (clips.n_samples or _BATCH_SAMPLES))
    batches, done = [], 0
    with borrowed(model.network), torch.no_grad():
        for index, waveforms in clips.batches(size):
            scores = model.scores(torch.from_numpy(waveforms))
            batches.append(scores.to("cpu", torch.float32).numpy())
            done += len(index)
            if progress is not None:
                progress(done, len(clips))
    return Predictions(
        clips=clips.table,
        logits=np.concatenate(batches),  # (clip, class)
        model_classes=model.class_names,
        n_corpus=clips.n_corpus or len(clips),
        provenance=replace(
            provenance or Provenance(),
            model_name=model.name,
            model_digest=model.digest,
            output_role=model.role,
            clips_digest=clips.digest,
            device=describe_device(model.device),
        ),
    )
