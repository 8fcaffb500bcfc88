"""One short training with a logger."""

from pathlib import Path

from tests.zoo import tones
from zoo.recipe import Recipe
from zoo.training import Training, train

NAME = "custom_ch4-5-bn"
RECIPE = Recipe(epochs=2, batch_size=6)


def run(folder: Path, *loggers: str) -> Path:
    """Train for two epochs."""
    chosen = Training(name=NAME, recipe=RECIPE, folder=folder, device="cpu", loggers=loggers)
    train(chosen, tones.corpus(n_train=12), tell=lambda line: None)
    return folder
