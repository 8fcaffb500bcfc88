"""The zoo: reference audio CNNs, by name, trained or ready to train.

Each file of ``architectures/`` is one family; the folder is the registry. Importing the zoo
or listing its names imports no torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from . import catalogue

if TYPE_CHECKING:
    from cnnviz.model import AudioModel

__all__ = ["REFERENCE", "clips_folder", "load", "names"]

REFERENCE = "filterbank_k128_ch64-5-do0.25-bn"  # the bundled network: zoo/checkpoints/


def names() -> tuple[str, ...]:
    """List every architecture that can be built and trained.

    Returns
    -------
    tuple of str
        Names such as ``"custom_ch32-8-do0.25-bn"``, family by family.

    Examples
    --------
    >>> "custom_ch32-8" in names()
    True
    """
    return catalogue.names()


def load(name: str) -> AudioModel:
    """Load a network with the weights that ship with cnnviz or were trained here.

    Parameters
    ----------
    name
        One of `names`. Weights are looked for in the package, then in ``runs/<name>/``.
        ``NAME@init`` is the untrained twin: the weights that training starts from.

    Returns
    -------
    AudioModel
        In evaluation mode, on the CPU.

    Raises
    ------
    UnknownNameError
        If no architecture has this name.
    ModelLoadError
        If the architecture has no weights yet.
    """
    from .weights import load_weights

    return load_weights(name)


def clips_folder() -> Path:
    """Folder of the bundled clips: synthetic words, at 16 kHz, one second each.

    ``zoo/speech.py`` makes them anew; the note of each clip names its synthetic voice.
    """
    return Path(__file__).resolve().parent / "clips"
