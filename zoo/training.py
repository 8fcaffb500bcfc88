"""Training one network: from a data folder to weights and a model card."""

import json
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

from cnnviz.errors import CnnvizError, ModelLoadError, ParameterError
from cnnviz.model import AudioModel, ModelSpec, assemble, write_checkpoint

from . import catalogue
from .card import Card, to_json, to_markdown
from .channels_last import narrow, widen
from .corpus import Corpus, Split, to_float
from .evaluation import evaluate
from .memory import keep_large_blocks
from .recipe import Recipe

_REQUEST = "request.json"
_SCORE_BATCH = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    """One training to do.

    Parameters
    ----------
    name
        Architecture, one of `zoo.names`.
    recipe
        How to train it.
    folder
        Where checkpoints, metrics, weights and card go.
    device
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:N"``.
    """

    name: str
    recipe: Recipe
    folder: Path
    device: str = "auto"


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

    The folder receives ``best.ckpt`` and ``last.ckpt`` (Lightning), ``metrics/`` (CSV),
    ``<name>.safetensors`` (cnnviz checkpoint of the best epoch), ``card.json``, ``card.md``.

    Parameters
    ----------
    training
        What to train.
    corpus
        Clips at the architecture's rate and length.
    resume
        Go on from the last whole epoch of an interrupted training.
    tell
        Called with one line per epoch; None shows a progress bar.

    Returns
    -------
    Card
        Its scores.

    Raises
    ------
    CnnvizError
        If lightning is not installed.
    ParameterError
        If the folder holds another training, or there is no such device.
    """
    _require_lightning()
    _check_device(training.device)
    family = catalogue.family_of(training.name)
    _claim(training, corpus, resume=resume)
    keep_large_blocks()
    torch.manual_seed(training.recipe.seed)
    network = family.build(training.name, len(corpus.class_names))
    spec = family.spec(training.name, corpus.class_names)
    model = assemble(network, spec, name=training.name, reference=f"zoo:{training.name}")
    _fit(training, model, corpus, tell=tell)
    return _finish(training, model, spec, corpus)


def _require_lightning() -> None:
    if find_spec("lightning") is None:
        raise CnnvizError(
            "training needs the package lightning, which is not installed; "
            "install it: pip install 'cnnviz[zoo]'"
        )


def _check_device(device: str) -> None:
    n_devices = torch.cuda.device_count()
    numbered = tuple(f"cuda:{i}" for i in range(n_devices))
    if device not in ("auto", "cpu", *numbered) and not (device == "cuda" and n_devices):
        raise ParameterError(
            f"device={device!r}; allowed: auto, cpu, cuda, cuda:N with N below "
            f"{n_devices}, the number of CUDA devices here; try --device cpu"
        )


def _claim(training: Training, corpus: Corpus, *, resume: bool) -> None:
    """Write down what this folder is for, or check that it is for the same."""
    wanted = json.dumps(
        {
            "name": training.name,
            "data": corpus.name,
            "data_digest": corpus.digest,
            "recipe": training.recipe.to_dict(),
        },
        indent=1,
    )
    path = training.folder / _REQUEST
    if not path.exists():
        training.folder.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted + "\n", "utf-8")
        return
    if not resume:
        raise ParameterError(
            f"out={training.folder} already holds a training; allowed: an empty folder; "
            "add --resume to go on with it, or choose another --out"
        )
    if path.read_text("utf-8").strip() != wanted:
        raise ParameterError(
            f"out={training.folder} holds the training of another network, data or recipe "
            f"(see {path}); give the same options, or choose another --out"
        )


def _fit(
    training: Training,
    model: AudioModel,
    corpus: Corpus,
    *,
    tell: Callable[[str], None] | None,
) -> None:
    from .trainee import Trainee, build_trainer

    trainer = build_trainer(training.recipe, training.folder, device=training.device, tell=tell)
    twin = widen(model.network)
    trainee = Trainee(
        twin or model.network,
        model.frontend,
        corpus,
        training.recipe,
        sample_rate=model.sample_rate,
        wide=twin is not None,
    )
    last = training.folder / "last.ckpt"
    with _interruptible(training), warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"lightning\.")
        trainer.fit(trainee, ckpt_path=str(last) if last.exists() else None, weights_only=True)


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
    best = _read_best(training.folder / "best.ckpt")
    model.network.load_state_dict(narrow(best.tensors, model.network))
    model.network.eval()
    path = training.folder / f"{training.name}.safetensors"
    digest = write_checkpoint(path, model.network, spec)
    card = Card(
        name=training.name,
        n_parameters=sum(p.numel() for p in model.network.parameters()),
        digest=digest,
        data=corpus.name,
        data_digest=corpus.digest,
        n_clips=(len(corpus.train), len(corpus.validation), len(corpus.test)),
        sample_rate=model.sample_rate,
        n_samples=corpus.test.waveforms.shape[1],
        frontend=asdict(model.frontend.spec),
        recipe=training.recipe,
        best_epoch=best.epoch,
        validation_accuracy=_accuracy(model, corpus.validation),
        test=evaluate(
            _predict(model, corpus.test).numpy(),
            corpus.test.labels.numpy(),
            corpus.class_names,
            seed=training.recipe.seed,
        ),
    )
    (training.folder / "card.json").write_text(to_json(card), "utf-8")
    (training.folder / "card.md").write_text(to_markdown(card), "utf-8")
    return card


@dataclass(frozen=True, kw_only=True, slots=True)
class _Best:
    tensors: dict[str, Tensor]
    epoch: int


def _read_best(path: Path) -> _Best:
    if not path.exists():
        raise ModelLoadError(f"{path} is missing; train again into an empty folder")
    content = torch.load(path, map_location="cpu", weights_only=True)
    kept = {
        name.removeprefix("average."): tensor
        for name, tensor in content["state_dict"].items()
        if name.startswith("average.")
    }
    return _Best(tensors=kept, epoch=content["epoch"] + 1)


@torch.no_grad()
def _predict(model: AudioModel, split: Split) -> Tensor:
    batches = torch.split(split.waveforms, _SCORE_BATCH)
    return torch.cat([model.scores(to_float(batch)).argmax(dim=1) for batch in batches])


def _accuracy(model: AudioModel, split: Split) -> float:
    return float((_predict(model, split) == split.labels).float().mean())
