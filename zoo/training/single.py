"""One training on one split of a corpus: build, fit, score, write."""

import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

import torch

from cnnviz.errors import CnnvizError
from cnnviz.files import write_whole
from cnnviz.model import AudioModel, ModelSpec, assemble, digest_tensors, write_checkpoint

from .. import catalogue
from ..card import Card, read_card, to_json, to_markdown
from ..corpus import Corpus
from .channels_last import narrow, widen
from .quiet import be_quiet
from .request import CARD, Training, claim
from .scoring import accuracy, predict, score
from .stored import in_precision, read_averaged, read_training


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
    _fit(training, model, corpus, tell=tell)
    return _finish(training, model, spec, corpus)


def fresh_model(training: Training, spec: ModelSpec) -> AudioModel:
    """The architecture with the weights that its seed gives."""
    torch.manual_seed(training.recipe.seed)
    network = catalogue.family_of(training.name).build(training.name, len(spec.class_names))
    return assemble(network, spec, name=training.name, reference=f"zoo:{training.name}")


def _fit(
    training: Training,
    model: AudioModel,
    corpus: Corpus,
    *,
    tell: Callable[[str], None] | None,
) -> None:
    from .distributed import end_processes, relayed
    from .trainer import build_trainer, is_over
    from .training_module import TrainingModule

    last = training.folder / "last.ckpt"
    twin = widen(model.network)
    # only layers in two dimensions have it; the stubs of torch leave this call out
    model.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if last.exists() and is_over(read_training(last, model.network), training):
        return
    module = TrainingModule(
        twin or model.network,
        model.frontend,
        corpus,
        training.recipe,
        sample_rate=model.sample_rate,
        wide=twin is not None,
        compiled=training.compiled,
    )
    with _interruptible(training), warnings.catch_warnings(), relayed(tell, training) as report:
        be_quiet()
        trainer = build_trainer(training, validate=len(corpus.validation) > 0, tell=report)
        start = str(last) if last.exists() else None
        try:
            trainer.fit(module, ckpt_path=start, weights_only=True)
        except BaseException:
            end_processes(trainer)
            raise


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
    """Take the best weights, score them on the test clips, write weights and card."""
    averaged = read_averaged(training.folder, model.network, best=len(corpus.validation) > 0)
    network = model.network
    network.load_state_dict(narrow(averaged.tensors, network))
    network.eval()
    stored = in_precision(network, training.recipe.stored)
    network.load_state_dict(stored.state_dict())  # scored as stored
    write_checkpoint(training.folder / f"{training.name}.safetensors", stored, spec)
    card = Card(
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
    write_card(training, card)
    return card


def write_card(training: Training, card: Card) -> None:
    """Write the card as text for people, then the JSON that says that the training is done."""
    write_whole(training.folder / "card.md", to_markdown(card))
    write_whole(training.folder / CARD, to_json(card))
