"""How a network is trained: every choice in one frozen value."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self

from cnnviz.errors import ParameterError

STORED = ("float32", "float16")
SCHEDULES = ("cosine", "one_cycle")
_COUNTS = ("frequency_masks", "frequency_mask_bands", "time_masks", "time_mask_frames")


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ParameterError(f"{name}={value}; allowed: {low} to {high}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Augmentation:
    """How a training clip is varied each time it is seen; ranges are uniform.

    Parameters
    ----------
    shift_seconds
        Largest shift in time, either way.
    speed
        Largest change of speed and pitch, as the natural logarithm of the factor.
    speed_probability
        Share of clips whose speed changes.
    tilt
        Largest coefficient of the filter ``y[n] = x[n] + tilt x[n - 1]``, either sign.
    noise_probability
        Share of clips that get background noise.
    noise_snr_db
        Lowest and highest ratio of clip to noise.
    gain_db
        Largest gain, either way.
    turn_probability
        Share of clips whose polarity is turned.
    frequency_masks, frequency_mask_bands
        Number of masks over the rows of a spectrogram, and rows of the widest. Networks on the
        raw waveform have none.
    time_masks, time_mask_frames
        Number of masks over the frames of a spectrogram, and frames of the longest.
    """

    shift_seconds: float = 0.1
    speed: float = 0.15
    speed_probability: float = 0.7
    tilt: float = 0.2
    noise_probability: float = 0.4
    noise_snr_db: tuple[float, float] = (5.0, 30.0)
    gain_db: float = 6.0
    turn_probability: float = 0.5
    frequency_masks: int = 0
    frequency_mask_bands: int = 0
    time_masks: int = 0
    time_mask_frames: int = 0

    def __post_init__(self) -> None:
        for name in ("speed_probability", "noise_probability", "turn_probability"):
            _check(name, getattr(self, name), 0.0, 1.0)
        _check("shift_seconds", self.shift_seconds, 0.0, 10.0)
        _check("speed", self.speed, 0.0, 0.7)
        _check("tilt", self.tilt, 0.0, 1.0)
        for name in _COUNTS:
            _check(name, getattr(self, name), 0, 10_000)


NO_AUGMENTATION = Augmentation(
    shift_seconds=0.0, speed=0.0, tilt=0.0, noise_probability=0.0, gain_db=0.0, turn_probability=0.0
)  # no variation at all


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerSettings:
    """What one layer has instead of the recipe's own.

    Parameters
    ----------
    layer
        Its name in the network, such as ``"conv1"``.
    learning_rate
        Peak of its rate.
    weight_decay
        On its kernel; its bias has none.
    """

    layer: str
    learning_rate: float
    weight_decay: float

    def __post_init__(self) -> None:
        _check("learning_rate", self.learning_rate, 1e-9, 10.0)
        _check("weight_decay", self.weight_decay, 0.0, 10.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """Training of one network, from the seed to the last epoch.

    Parameters
    ----------
    seed
        Of weights, order, augmentation and dropout.
    epochs
        Passes over the training clips.
    batch_size
        Clips per step; what does not fill a batch is left out of the epoch.
    learning_rate
        Peak of AdamW's rate.
    schedule
        Of the rate: ``"cosine"``, a linear warm-up and a cosine down to zero, or
        ``"one_cycle"``, up along a cosine for three tenths of all steps and down for the rest.
    warmup_epochs
        Length of the linear warm-up.
    weight_decay
        On kernels and matrices; biases and batch norm have none.
    layers
        Layers with a rate and decay of their own.
    label_smoothing
        Share of the target spread over all classes.
    average_decay
        Decay per step of the moving average of the weights; the average is what is validated
        and kept.
    patience
        Epochs without a lower validation loss until training stops early.
    background_class
        Class whose training clips are the background noise; no noise when it is absent.
    augmentation
        How clips are varied.
    stored
        Precision of kernels and matrices in the checkpoint, ``"float32"`` or ``"float16"``;
        biases and batch norm stay in float32. The card scores the weights as they are stored.
    """

    seed: int = 0
    epochs: int = 22
    batch_size: int = 16
    learning_rate: float = 3e-3
    schedule: str = "cosine"
    warmup_epochs: float = 1.0
    weight_decay: float = 0.05
    layers: tuple[LayerSettings, ...] = ()
    label_smoothing: float = 0.1
    average_decay: float = 0.999
    patience: int = 20
    background_class: str = "_silence_"
    augmentation: Augmentation = Augmentation()
    stored: str = "float32"

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "patience"):
            _check(name, getattr(self, name), 1, 1_000_000)
        _check("seed", self.seed, 0, 2**31 - 1)
        _check("learning_rate", self.learning_rate, 1e-9, 10.0)
        _check("label_smoothing", self.label_smoothing, 0.0, 0.9)
        _check("average_decay", self.average_decay, 0.0, 0.999999)
        for name, allowed in (("stored", STORED), ("schedule", SCHEDULES)):
            if (given := getattr(self, name)) not in allowed:
                raise ParameterError(f"{name}={given!r}; allowed: {', '.join(allowed)}")

    def to_dict(self) -> dict[str, object]:
        """Plain types only, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, object], *, source: str) -> Self:
        """Read what `to_dict` gave; what is missing takes its default.

        Parameters
        ----------
        values
            Also as read from JSON, which knows lists only.
        source
            Names the file in errors.

        Raises
        ------
        ParameterError
            For an unknown key or a value out of range.
        """
        fields = _known(cls, values, source)
        if isinstance(inner := fields.get("augmentation"), Mapping):
            fields["augmentation"] = Augmentation(**_known(Augmentation, inner, source))  # type: ignore[arg-type]
        if isinstance(layers := fields.get("layers"), tuple):
            fields["layers"] = tuple(
                LayerSettings(**_known(LayerSettings, layer, source))  # type: ignore[arg-type]
                for layer in layers
            )
        return cls(**fields)  # type: ignore[arg-type]


def _known(kind: type, values: Mapping[str, object], source: str) -> dict[str, object]:
    """Values of the fields of a dataclass, lists as tuples."""
    allowed = kind.__dataclass_fields__  # type: ignore[attr-defined]
    unknown = sorted(set(values) - set(allowed))
    if unknown:
        raise ParameterError(
            f"{source} has the unknown key {unknown[0]!r}; allowed: {', '.join(sorted(allowed))}"
        )
    return {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
