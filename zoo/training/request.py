"""What a training is asked to do, and the folder that is claimed for it."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from cnnviz.errors import ParameterError
from cnnviz.files import clear_partials, write_whole

from ..corpus import Corpus
from ..loggers import Tracking
from ..recipe import Recipe

REQUEST = "request.json"
PRECISIONS = ("auto", "32", "bf16", "16")
_BF16 = ("amx_bf16", "avx512_bf16")  # instructions of processors
_AMPERE = (8, 0)  # the first generation of GPUs that multiplies bf16
CARD = "card.json"  # written last: a training is done when it is there


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
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:N"``; several with commas, such as
        ``"cuda:0,cuda:1"`` or ``"cpu,cpu"``, share every batch.
    precision
        ``"32"``, ``"bf16"`` or ``"16"``: of the arithmetic, by automatic mixed precision;
        ``"auto"``: what the folder was begun with, else bf16 where the hardware multiplies
        it, else 32. Weights are float32 in any case.
    compiled
        Whether the network is compiled by ``torch.compile``.
    tracking
        Who watches besides the CSV files of the run folder; None: nobody.
    """

    name: str
    recipe: Recipe
    folder: Path
    device: str = "auto"
    precision: str = "auto"
    compiled: bool = False
    tracking: Tracking | None = None


def check_machine(training: Training) -> Training:
    """Refuse a device or precision that is not here, and settle ``"auto"``.

    Raises
    ------
    ParameterError
        The text names those that are.
    """
    _check_device(training)
    device = training.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    on_cpu = device.startswith("cpu")
    if training.precision not in PRECISIONS:
        raise ParameterError(f"precision={training.precision!r}; allowed: {', '.join(PRECISIONS)}")
    precision = training.precision
    if precision == "auto":
        precision = _begun_with(training.folder) or ("bf16" if multiplies_bf16(device) else "32")
    if precision == "16" and on_cpu:
        step = "leave --precision out"
        if training.precision == "auto":
            step = f"{training.folder} was begun with it: resume on a GPU, or choose another --out"
        raise ParameterError(
            f"precision='16' on the cpu; allowed: 32 or bf16, because float16 needs a GPU; {step}"
        )
    return replace(training, device=device, precision=precision)


def _check_device(training: Training) -> None:
    n_devices = torch.cuda.device_count()
    numbered = [f"cuda:{i}" for i in range(n_devices)]
    single = ["auto", "cpu", *numbered, *(["cuda"] if n_devices else [])]
    names = training.device.split(",")
    distinct = len(set(names)) == len(names)
    several = set(names) == {"cpu"} or (distinct and set(names) <= set(numbered))
    if training.device not in single and not several:
        raise ParameterError(
            f"device={training.device!r}; allowed: auto, cpu, cuda, cuda:N with N below "
            f"{n_devices}, the number of CUDA devices here, or several of one kind with commas; "
            "try --device cpu"
        )
    if training.recipe.batch_size % len(names):
        raise ParameterError(
            f"batch_size={training.recipe.batch_size} on {len(names)} devices; allowed: a "
            "multiple of their number, so that each gets as many clips; change --batch-size"
        )


def multiplies_bf16(device: str) -> bool:
    """Whether devices have instructions for bf16; emulated it is slower than float32.

    Parameters
    ----------
    device
        One or several, with commas.
    """
    if device.startswith("cpu"):
        capabilities = getattr(torch.cpu, "get_capabilities", None)  # older torch has none
        found = capabilities() if capabilities else {}
        return any(found.get(name, False) for name in _BF16)
    if torch.version.hip:
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return all(torch.cuda.get_device_capability(name) >= _AMPERE for name in device.split(","))


def _begun_with(folder: Path) -> str | None:
    """Precision of the training that a folder holds; None when it is none."""
    try:
        precision: str = json.loads((folder / REQUEST).read_text("utf-8")).get("precision", "32")
    except (OSError, ValueError, AttributeError):
        return None
    return precision


def check_folder(training: Training, *, resume: bool) -> None:
    """Refuse a folder that holds a training, unless that is to be resumed.

    Raises
    ------
    ParameterError
        The text says how to go on.
    """
    if (training.folder / REQUEST).exists() and not resume:
        raise ParameterError(
            f"out={training.folder} already holds a training; allowed: an empty folder; "
            "add --resume to go on with it, or choose another --out"
        )


def claim(training: Training, corpus: Corpus, *, resume: bool) -> None:
    """Write down what a folder is for, or check that it is for the same.

    Raises
    ------
    ParameterError
        If the folder holds another training, or the same one and `resume` is False.
    """
    path = training.folder / REQUEST
    if not path.exists():
        request = _request(training, corpus)
        write_whole(path, json.dumps(request, indent=1) + "\n")
        return
    check_folder(training, resume=resume)
    if different := _differences(path, _request(training, corpus)):
        raise ParameterError(
            f"out={training.folder} holds the training of another network, data or recipe "
            f"(see {path}: {different[0]}); give the same options, or choose another --out"
        )
    clear_partials(training.folder, nameless=True)


def _request(training: Training, corpus: Corpus) -> dict[str, object]:
    return {
        "name": training.name,
        "data": corpus.name,
        "data_digest": corpus.digest,
        "recipe": training.recipe.to_dict(),
        "precision": training.precision,
    }


def _differences(path: Path, request: dict[str, object]) -> list[str]:
    """Keys in which a request in a file differs, such as ``"recipe.seed"``; [] when it is the same.

    Fields that a recipe got after the file was written count with their defaults.
    """
    try:
        stored = {"precision": "32", **json.loads(path.read_text("utf-8"))}
        stored["recipe"] = Recipe.from_dict(stored["recipe"], source=str(path)).to_dict()
    except (ValueError, TypeError, KeyError) as error:
        raise ParameterError(
            f"{path} cannot be read ({error}); allowed: what a training wrote there; "
            "choose another --out"
        ) from error
    flat, other = _flat(stored), _flat(request)
    return sorted(name for name in flat | other if flat.get(name) != other.get(name))


def _flat(values: dict[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat
