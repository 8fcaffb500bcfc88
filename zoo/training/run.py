"""Training one network: from a data folder to weights and a model card."""

from collections.abc import Callable

from cnnviz.disk import check_room
from cnnviz.errors import ParameterError
from cnnviz.lock import one_at_a_time
from cnnviz.model import ModelSpec
from cnnviz.packages import require

from .. import catalogue, loggers
from ..card import Card
from ..corpus import Corpus
from ..uninitialised import uninitialised_network
from .rates import parameter_groups
from .request import Training, check_folder, check_machine

_COPIES = 15  # weights, average and two moments in each of three checkpoints; three of weights
_TEXTS_BYTES = 1_000_000


def input_contract(name: str) -> ModelSpec:
    """Sample rate, length and frontend of an architecture, before its classes are known.

    Raises
    ------
    UnknownNameError
        If no architecture has this name.
    """
    return catalogue.family_of(name).spec(name, ())


def train(
    training: Training,
    corpus: Corpus,
    *,
    resume: bool = False,
    tell: Callable[[str], None] | None = None,
) -> Card:
    """Train a network and write its weights and model card.

    The folder receives ``request.json``, ``<name>.init.safetensors`` (the untrained twin),
    ``best.ckpt`` and ``last.ckpt`` (Lightning), ``metrics/`` (CSV), ``<name>.safetensors``
    (cnnviz checkpoint of the best epoch), ``card.md`` and, last of all, ``card.json``. A corpus
    of folds is trained on once per fold, in folders of the fold's name.

    Parameters
    ----------
    training
        What to train.
    corpus
        Clips at the architecture's rate and length.
    resume
        Go on from the last whole epoch of an interrupted training; a finished one is read.
    tell
        Called with one line per epoch; None shows a progress bar.

    Returns
    -------
    Card
        Its scores.

    Raises
    ------
    BusyError
        If another process trains in the folder.
    CnnvizError
        If lightning is not installed.
    DiskError
        If the disk has no room for its files.
    ParameterError
        If the folder holds another training, there is no such device, or the recipe does not
        go with the network.
    """
    training = check(training, resume=resume)
    from .folds import train_folds
    from .single import train_single

    _check_room(training, corpus)
    train_corpus = train_folds if corpus.folds else train_single
    with one_at_a_time(training.folder, told=tell):
        return train_corpus(training, corpus, resume=resume, tell=tell)


def check(training: Training, *, resume: bool = False) -> Training:
    """Refuse what cannot be trained, before any clip is read; settle ``"auto"``.

    Raises
    ------
    CnnvizError
        If lightning or the package of a logger is not installed.
    ParameterError
        If the folder already holds a training, there is no such device or precision, or the
        recipe does not go with the network.
    """
    require("lightning", needed_by="training", extra="zoo")
    loggers.check(training.tracking.kinds if training.tracking else ())
    _check_masks(training)
    _check_layers(training)
    check_folder(training, resume=resume)
    return check_machine(training)


def _check_room(training: Training, corpus: Corpus) -> None:
    """Ask for room for the weights and checkpoints of every fold, less what the folder holds."""
    network = uninitialised_network(training.name, len(corpus.class_names))
    n_bytes = sum(tensor.nbytes for tensor in network.state_dict().values())
    needed = (_COPIES * n_bytes + _TEXTS_BYTES) * max(1, len(corpus.fold_names))
    held = sum(path.stat().st_size for path in training.folder.rglob("*") if path.is_file())
    check_room(training.folder, max(0, needed - held), what=f"the training in {training.folder}")


def _check_layers(training: Training) -> None:
    """A recipe may name layers of the network only."""
    if training.recipe.layers:
        n_classes = catalogue.family_of(training.name).N_CLASSES
        parameter_groups(uninitialised_network(training.name, n_classes), training.recipe)


def _check_masks(training: Training) -> None:
    """Masks hide parts of a spectrogram; a raw waveform has none."""
    frontend = input_contract(training.name).frontend
    settings = training.recipe.augmentation
    raw = frontend is None or frontend.kind == "waveform"
    if raw and (settings.frequency_masks or settings.time_masks):
        raise ParameterError(
            f"frequency_masks={settings.frequency_masks}, time_masks={settings.time_masks}; "
            f"allowed: 0, because {training.name} hears the raw waveform; leave them out"
        )
