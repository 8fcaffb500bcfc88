"""One short training with a logger."""

from collections.abc import Callable
from pathlib import Path

from tests.zoo import tones
from zoo.loggers import Tracking
from zoo.recipe import Recipe
from zoo.training import Training, train

NAME = "custom_ch4-5-bn"
STORE = "trackers"
RECIPE = Recipe(epochs=2, batch_size=6)


def run(
    folder: Path,
    *loggers: str,
    resume: bool = False,
    tell: Callable[[str], None] = lambda line: None,
) -> Path:
    """Train for two epochs; the loggers share a store beside the run folder."""
    tracking = Tracking(kinds=loggers, store=folder.parent / STORE, run_name=folder.name)
    chosen = Training(name=NAME, recipe=RECIPE, folder=folder, device="cpu", tracking=tracking)
    train(chosen, tones.corpus(n_train=12), resume=resume, tell=tell)
    return folder


def fail_in_epoch(number: int) -> Callable[[str], None]:
    """End the training with an error when it tells of an epoch."""

    def tell(line: str) -> None:
        if line.startswith(f"epoch {number}/"):
            raise RuntimeError("power cut")

    return tell
