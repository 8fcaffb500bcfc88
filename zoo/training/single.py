"""One training on one split of a corpus: build, fit, score, write."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from cnnviz.errors import CnnvizError
from cnnviz.files import write_whole
from cnnviz.model import AudioModel, ModelSpec, assemble, digest_tensors, write_checkpoint

from .. import catalogue
from ..card import Card, read_card, to_json, to_markdown
from ..corpus import Corpus
from ..loggers import Trackers
from .channels_last import narrow, widen
from .request import CARD, Training, claim
from .scoring import accuracy, predict, score
from .stored import in_precision, read_averaged
from .tracking import parameters_of, tracked

if TYPE_CHECKING:
    from .training_module import TrainingModule


def train_single(
    training: Training,
    corpus: Corpus,
    *,
    resume: bool,
    tell: Callable[[str], None] | None,
) -> Card:
    """Train on one split of a corpus; a folder that is done is only read."""
    claim(training, corpus, resume=resume)
    if (training.folder / CARD).exists():
        return read_card(training.folder / CARD)
    spec = catalogue.family_of(training.name).spec(training.name, corpus.class_names)
    model = fresh_model(training, spec)
    untrained = in_precision(model.network, training.recipe.stored)
    write_checkpoint(training.folder / f"{training.name}.init.safetensors", untrained, spec)
    from .trainer import reached

    before = reached(training, model.network)
    with tracked(training, parameters_of(training, model, corpus), before) as trackers:
        if not before.is_over:
            _fit(training, model, corpus, trackers, tell=tell)
        card = _finish(training, model, spec, corpus)
        trackers.keep(card, weights_of(training))
    write_card(training, card)
    return card


def fresh_model(training: Training, spec: ModelSpec) -> AudioModel:
    """The architecture with the weights that its seed gives."""
    torch.manual_seed(training.recipe.seed)
    network = catalogue.family_of(training.name).build(training.name, len(spec.class_names))
    return assemble(network, spec, name=training.name, reference=f"zoo:{training.name}")


def _fit(
    training: Training,
    model: AudioModel,
    corpus: Corpus,
    trackers: Trackers,
    *,
    tell: Callable[[str], None] | None,
) -> None:
    from .distributed import end_processes, relayed
    from .trainer import build_trainer

    last = training.folder / "last.ckpt"
    module = training_module(training, model, corpus)
    with _interruptible(training), relayed(tell, training) as report:
        trainer = build_trainer(
            training,
            loggers=trackers.loggers,
            validate=len(corpus.validation) > 0,
            tell=report,
        )
        start = str(last) if last.exists() else None
        try:
            trainer.fit(module, ckpt_path=start, weights_only=True)
        except BaseException:
            end_processes(trainer)
            raise


def training_module(training: Training, model: AudioModel, corpus: Corpus) -> TrainingModule:
    """The network of a model, laid out for speed, as Lightning trains it."""
    from .training_module import TrainingModule

    twin = widen(model.network)
    # only layers in two dimensions have it; the stubs of torch leave this call out
    model.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return TrainingModule(
        twin or model.network,
        model.frontend,
        corpus,
        training.recipe,
        sample_rate=model.sample_rate,
        wide=twin is not None,
        compiled=training.compiled,
    )


@contextmanager
def _interruptible(training: Training) -> Iterator[None]:
    """Turn what Lightning does on Ctrl-C into one line that says how to go on."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as stop:
        raise CnnvizError(
            f"training of {training.name} was stopped; what was trained stays in "
            f"{training.folder}; go on with the same command and --resume"
        ) from stop
    finally:
        signal.signal(signal.SIGINT, handler)


def _finish(training: Training, model: AudioModel, spec: ModelSpec, corpus: Corpus) -> Card:
    """Take the best weights, score them on the test clips, write them; the card is returned."""
    averaged = read_averaged(training.folder, model.network, best=len(corpus.validation) > 0)
    network = model.network
    network.load_state_dict(narrow(averaged.tensors, network))
    network.eval()
    stored = in_precision(network, training.recipe.stored)
    network.load_state_dict(stored.state_dict())  # scored as stored
    write_checkpoint(weights_of(training), stored, spec)
    return Card(
        name=training.name,
        n_parameters=sum(p.numel() for p in network.parameters()),
        digest=digest_tensors(network.state_dict()),
        data=corpus.name,
        data_digest=corpus.digest,
        n_clips=(len(corpus.train), len(corpus.validation), len(corpus.test)),
        sample_rate=model.sample_rate,
        n_samples=corpus.test.waveforms.shape[1],
        frontend=asdict(model.frontend.spec),
        recipe=training.recipe,
        precision=training.precision,
        best_epoch=averaged.epoch,
        validation_accuracy=accuracy(model, corpus.validation),
        test=score(
            predict(model, corpus.test),
            corpus.test,
            corpus.class_names,
            training.recipe,
            trained_groups=corpus.train.groups,
        ),
        remarks=corpus.remarks,
    )


def weights_of(training: Training) -> Path:
    """Where the kept weights of a training go."""
    return training.folder / f"{training.name}.safetensors"


def write_card(training: Training, card: Card) -> None:
    """Write the card as text for people, then the JSON that says that the training is done."""
    write_whole(training.folder / "card.md", to_markdown(card))
    write_whole(training.folder / CARD, to_json(card))
