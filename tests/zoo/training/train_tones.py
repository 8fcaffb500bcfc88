"""Train on tones in a process of its own, which can be killed.

``python -m tests.zoo.training.train_tones FOLDER N_THREADS NTH_WRITE``: goes on where it
stopped, and kills itself in the middle of the nth file that it writes; 0: never.
"""

import os
import signal
import sys
from pathlib import Path

import torch

from tests.zoo import tones
from zoo.recipe import Recipe
from zoo.training import Training, train

NAME = "custom_ch4-6-do0.25-bn"
RECIPE = Recipe(epochs=5, batch_size=6, learning_rate=1e-2, average_decay=0.5)


def die_in_write(nth: int) -> None:
    """Replace the call between writing and renaming by a SIGKILL, once."""
    flush, left = os.fsync, [nth]

    def dying(descriptor: int) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        flush(descriptor)

    os.fsync = dying


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(folder: str, n_threads: str, nth: str) -> None:
    torch.set_num_threads(int(n_threads))
    die_in_write(int(nth))
    training = Training(name=NAME, recipe=RECIPE, folder=Path(folder), device="cpu")
    train(training, tones.corpus(), resume=True, tell=_say)


if __name__ == "__main__":
    main(*sys.argv[1:])
