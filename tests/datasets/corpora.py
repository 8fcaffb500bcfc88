"""Small corpora on disk."""

import numpy as np
import soundfile


def sound(path, *, seconds=0.1, rate=8_000):
    """Write a short sound; folders on the way are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.full(round(seconds * rate), 0.25), rate)
    return path


def rows(clips):
    """(name, label, split) per clip."""
    labels = [None if i < 0 else clips.class_names[i] for i in clips.labels]
    return list(zip(clips.names, labels, clips.splits, strict=True))
