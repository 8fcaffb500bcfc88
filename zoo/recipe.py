"""How a network is trained: every choice in one frozen value."""

from dataclasses import asdict, dataclass

from cnnviz.errors import ParameterError


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
    """

    shift_seconds: float = 0.1
    speed: float = 0.15
    speed_probability: float = 0.7
    tilt: float = 0.2
    noise_probability: float = 0.4
    noise_snr_db: tuple[float, float] = (5.0, 30.0)
    gain_db: float = 6.0

    def __post_init__(self) -> None:
        for name in ("speed_probability", "noise_probability"):
            _check(name, getattr(self, name), 0.0, 1.0)
        _check("shift_seconds", self.shift_seconds, 0.0, 10.0)
        _check("speed", self.speed, 0.0, 0.7)
        _check("tilt", self.tilt, 0.0, 1.0)


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
        Peak of AdamW's rate: linear warm-up, then a cosine down to zero.
    warmup_epochs
        Length of the warm-up.
    weight_decay
        On kernels and matrices; biases and batch norm have none.
    label_smoothing
        Share of the target spread over all classes.
    average_decay
        Decay per step of the moving average of the weights; the average is what is validated
        and kept.
    patience
        Epochs without a lower validation loss until training stops early.
    slow_layers, slow_interval
        Layers next to the input, which take most of the time and settle first: they are
        trained in one of `slow_interval` steps.
    background_class
        Class whose training clips are the background noise; no noise when it is absent.
    augmentation
        How clips are varied.
    """

    seed: int = 0
    epochs: int = 22
    batch_size: int = 16
    learning_rate: float = 3e-3
    warmup_epochs: float = 1.0
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    average_decay: float = 0.999
    patience: int = 20
    slow_layers: tuple[str, ...] = ()
    slow_interval: int = 1
    background_class: str = "_silence_"
    augmentation: Augmentation = Augmentation()

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "patience", "slow_interval"):
            _check(name, getattr(self, name), 1, 1_000_000)
        _check("seed", self.seed, 0, 2**31 - 1)
        _check("learning_rate", self.learning_rate, 1e-9, 10.0)
        _check("label_smoothing", self.label_smoothing, 0.0, 0.9)
        _check("average_decay", self.average_decay, 0.0, 0.999999)

    def to_dict(self) -> dict[str, object]:
        """Plain types only, ready for JSON."""
        return asdict(self)
