"""Sounds that tests write and read."""

import numpy as np
import soundfile

from cnnviz.audio import Clips

RATE = 16_000


def tone(frequency, *, rate=RATE, seconds=1.0, amplitude=0.5):
    times = np.arange(round(rate * seconds)) / rate
    return (amplitude * np.sin(2 * np.pi * frequency * times)).astype(np.float32)


def written(folder, name, samples, rate=RATE, **options):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, **options)
    return path


def clips_of(*paths, folder, **options):
    n_clips = len(paths)
    return Clips(
        folder=folder,
        paths=tuple(paths),
        labels=np.full(n_clips, -1),
        starts=np.zeros(n_clips),
        stops=np.full(n_clips, np.nan),
        **options,
    )
