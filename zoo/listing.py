"""What can be said of an architecture without training it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from torch import nn

from cnnviz.errors import UnknownNameError

from . import catalogue
from .card import read_card
from .receptive_field import last_field
from .uninitialised import uninitialised_network
from .variant import parse
from .weights import CHECKPOINTS, find, find_card

_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainedWeights:
    """Trained weights of an architecture.

    Parameters
    ----------
    path
        The checkpoint.
    place
        ``"package"``: they ship with cnnviz; ``"run"``: trained here.
    data, n_classes
        What they were trained on; None without a card beside the checkpoint.
    test_accuracy, test_interval
        On the test clips of that data, with the 95 % interval, in [0, 1]; None without a card.
    """

    path: Path
    place: str
    data: str | None = None
    n_classes: int | None = None
    test_accuracy: float | None = None
    test_interval: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """One line of ``cnnviz zoo list``.

    Parameters
    ----------
    name
        Architecture.
    task
        What its authors built it for.
    n_classes
        Classes of that task; what the parameters are counted for.
    frontend
        ``"waveform"``, ``"log_mel"`` or ``"mfcc"``.
    sample_rate, n_samples
        Of a clip: Hz, and audio samples.
    input_shape
        Of the network, without the clip axis: (channel, time) or (channel, band, frame).
    n_parameters
        Weights and biases, those of batch norm included.
    n_parameters_without_batch_norm, n_parameters_with_batch_norm
        The same without the weights and biases of batch norm, and with them: those of the
        network itself, or of its form that ends in ``-bn``.
    sees_samples, sees_ms
        Receptive field of the last convolution or pooling, in audio and in ms.
    sees_frames, sees_bands
        The same in cells of the spectrogram; None for networks on the waveform.
    weights
        Trained weights at hand, or None.
    """

    name: str
    task: str
    n_classes: int
    frontend: str
    sample_rate: int
    n_samples: int
    input_shape: tuple[int, ...]
    n_parameters: int
    n_parameters_without_batch_norm: int
    n_parameters_with_batch_norm: int
    sees_samples: int
    sees_ms: float
    sees_frames: int | None
    sees_bands: int | None
    weights: TrainedWeights | None

    @property
    def input(self) -> str:
        """The input in words.

        Examples
        --------
        >>> describe("custom_ch32-8").input
        'raw 1 s, 16 kHz'
        """
        clip = f"{self.n_samples / self.sample_rate:g} s, {self.sample_rate / 1000:g} kHz"
        if self.frontend == "waveform":
            return f"raw {clip}"
        kind = {"log_mel": "log-mel", "mfcc": "MFCC"}[self.frontend]
        return f"{kind} {' x '.join(map(str, self.input_shape[1:]))} of {clip}"


def matching(text: str) -> tuple[str, ...]:
    """Names that hold a text, or whose task or training data do, in the order of the zoo.

    Raises
    ------
    UnknownNameError
        If there are none; the error gives the nearest names.
    """
    names = catalogue.names()
    matches = tuple(name for name in names if text in name or _is_about(name, text.lower()))
    if not matches:
        close = get_close_matches(text, names, n=3, cutoff=0.0)
        raise UnknownNameError(
            f"no name, task or training data in the zoo hold {text!r}; nearest names: "
            f"{', '.join(close)}; see: cnnviz zoo list"
        )
    return matches


def _is_about(name: str, text: str) -> bool:
    weights = _trained_weights(name)
    data = "" if weights is None or weights.data is None else weights.data
    return text in _family(_with_norm(name)).TASK.lower() or text in data.lower()


def _with_norm(name: str) -> str:
    """The network of a name without dropout and with batch norm; the name where it has no form."""
    variant = parse(name)
    return name if variant is None else replace(variant, dropout=0.0, batch_norm=True).name


def describe(name: str) -> Listing:
    """Describe one architecture.

    Raises
    ------
    UnknownNameError
        If no architecture has this name.
    """
    variant, with_norm = parse(name), _with_norm(name)
    has_norm = variant is None or variant.batch_norm
    # dropout has no parameters, and batch norm does not move the receptive field
    family, sizes, seen = _family(with_norm), _sizes(with_norm), last_field(name)
    spec = family.spec(name, ())
    assert spec.sample_rate is not None
    assert spec.n_samples is not None
    return Listing(
        name=name,
        task=family.TASK,
        n_classes=family.N_CLASSES,
        frontend="waveform" if spec.frontend is None else spec.frontend.kind,
        sample_rate=spec.sample_rate,
        n_samples=spec.n_samples,
        input_shape=seen.input_shape,
        n_parameters=sizes.n_parameters - (0 if has_norm else sizes.n_in_batch_norm),
        n_parameters_with_batch_norm=sizes.n_parameters,
        n_parameters_without_batch_norm=sizes.n_parameters - sizes.n_in_batch_norm,
        sees_samples=seen.n_samples,
        sees_ms=1000 * seen.n_samples / spec.sample_rate,
        sees_frames=seen.n_frames,
        sees_bands=seen.n_bands,
        weights=_trained_weights(name),
    )


def in_short(names: Iterable[str]) -> tuple[str, ...]:
    """Leave out dropout rates and batch norm of networks that are there without, unless trained."""
    names = tuple(names)
    all_names = frozenset(names)
    return tuple(name for name in names if find(name) or _plain(name, all_names) is None)


def _plain(name: str, names: frozenset[str]) -> str | None:
    """Name of the network without dropout and batch norm, where it is another and known."""
    variant = parse(name)
    if variant is None:
        return None
    plain = replace(variant, dropout=0.0, batch_norm=False).name
    return plain if plain != name and plain in names else None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sizes:
    """Parameters of a network, and those of them that are in batch norm."""

    n_parameters: int
    n_in_batch_norm: int


@cache
def _family(name: str) -> catalogue.Family:
    return catalogue.family_of(name)


@cache
def _sizes(name: str) -> _Sizes:
    network = uninitialised_network(name, _family(name).N_CLASSES)
    norms = [module for module in network.modules() if isinstance(module, _NORMS)]
    return _Sizes(n_parameters=_count(network), n_in_batch_norm=sum(map(_count, norms)))


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _trained_weights(name: str) -> TrainedWeights | None:
    path = find(name)
    if path is None:
        return None
    place = "package" if path.parent == CHECKPOINTS else "run"
    written = find_card(path)
    if written is None:
        return TrainedWeights(path=path, place=place)
    card = read_card(written)
    return TrainedWeights(
        path=path,
        place=place,
        data=card.data,
        n_classes=len(card.test.classes),
        test_accuracy=card.test.accuracy,
        test_interval=card.test.interval,
    )
