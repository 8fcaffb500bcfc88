"""A training that is watched: what trackers are told when it begins and when it ends."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from cnnviz.model import AudioModel

from ..corpus import Corpus
from ..loggers import Trackers
from .quiet import quiet
from .request import Training
from .stored import Reached


@contextmanager
def tracked(
    training: Training, parameters: Mapping[str, object], reached: Reached | None = None
) -> Iterator[Trackers]:
    """Open the trackers of a training, tell them its parameters, and close them whatever comes.

    What they were told of epochs behind those that a resumed training has `reached` is taken back.
    """
    with quiet():
        trackers = Trackers(training.folder, training.tracking)
        status = "failed"
        try:
            if reached is not None:
                trackers.forget(reached.n_epochs, reached.n_steps)
            trackers.begin(parameters)
            yield trackers
            status = "success"
        finally:
            trackers.finish(status)


def parameters_of(training: Training, model: AudioModel, corpus: Corpus) -> dict[str, object]:
    """What is trained on what and how; the same for a training that is resumed."""
    return {
        "network": training.name,
        "n_parameters": sum(tensor.numel() for tensor in model.network.parameters()),
        "data": corpus.name,
        "data_digest": corpus.digest,
        "n_classes": len(corpus.class_names),
        "n_train": len(corpus.train),
        "n_validation": len(corpus.validation),
        "n_test": len(corpus.test),
        "precision": training.precision,
        **training.recipe.to_dict(),
    }
