"""FrontendSpec: the parameters of a frontend, as they stand in files, checked once."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from numbers import Real

from cnnviz.errors import ParameterError, shown

KINDS = ("waveform", "log_mel", "mfcc")
NORMALIZATIONS = ("none", "peak", "rms", "zscore")
LOGARITHMS = ("ln", "log2", "log10", "db")
PAD_MODES = ("constant", "reflect", "replicate")
WINDOWS = ("hann", "hamming", "blackman", "boxcar")
_MOST_FILTER_CELLS = 1 << 25  # 512 mel bands of 65,536 audio samples
_MOST = 1e18  # of a number, less than whole numbers of 64 bits hold
_SPECTRAL = ("n_fft", "hop_length", "n_mels")


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontendSpec:
    """Parameters of a frontend, as they stand in checkpoints and ``MODEL.json``.

    Lengths in audio samples, frequencies in Hz; names and defaults as in librosa, whose
    ``melspectrogram`` -> ``power_to_db(top_db=None)`` the defaults of ``"log_mel"`` repeat.

    Parameters
    ----------
    kind
        ``"waveform"``, ``"log_mel"`` or ``"mfcc"``.
    normalize
        Of each waveform, before all else: ``"none"``, ``"peak"`` (largest magnitude 1),
        ``"rms"`` (root mean square 1) or ``"zscore"`` (mean 0, standard deviation 1).
        Silence stays silence.
    scale
        Factor on the waveform after `normalize`, such as 32768 for 16-bit counts.
    n_fft, hop_length, n_mels
        Needed by the spectral kinds, never guessed.
    win_length
        At most `n_fft`; None: `n_fft`.
    window
        ``"hann"``, ``"hamming"``, ``"blackman"`` or ``"boxcar"``; periodic.
    center, pad_mode
        Whether frame m is centred on sample m * hop_length, and what is laid around the clip:
        ``"constant"`` (zeros), ``"reflect"``, ``"replicate"``.
    fmin, fmax
        Border of the mel filters; None: half the sample rate.
    htk, norm
        Mel formula of HTK instead of Slaney's; area normalisation ``"slaney"`` or None.
    power
        Exponent of the magnitude: 1 or 2.
    log
        ``"ln"``, ``"log2"``, ``"log10"``, ``"db"`` (10 log10 of power, 20 log10 of magnitude).
    amin, offset
        log(max(mel, amin) + offset).
    top_db
        Level below the loudest cell of the clip at which values are cut, in units of `log`;
        None: no cut. `librosa.feature.mfcc` cuts at 80.
    n_mfcc, lifter
        Cepstral coefficients kept (orthonormal DCT-II) and their sine lifter; 0: none.
    mean, std
        Standardisation of the output, one number or one per mel band or coefficient.
    """

    kind: str = "waveform"
    normalize: str = "none"
    scale: float = 1.0
    n_fft: int | None = None
    hop_length: int | None = None
    n_mels: int | None = None
    win_length: int | None = None
    window: str = "hann"
    center: bool = True
    pad_mode: str = "constant"
    fmin: float = 0.0
    fmax: float | None = None
    htk: bool = False
    norm: str | None = "slaney"
    power: float = 2.0
    log: str = "db"
    amin: float = 1e-10
    offset: float = 0.0
    top_db: float | None = None
    n_mfcc: int = 20
    lifter: float = 0.0
    mean: float | tuple[float, ...] = 0.0
    std: float | tuple[float, ...] = 1.0

    def __post_init__(self) -> None:
        _choice(self.kind, "kind", KINDS)
        _choice(self.normalize, "normalize", NORMALIZATIONS)
        _choice(self.window, "window", WINDOWS)
        _choice(self.pad_mode, "pad_mode", PAD_MODES)
        _choice(self.log, "log", LOGARITHMS)
        _choice(self.norm, "norm", ("slaney", None))
        _choice(self.power, "power", (1, 2))
        for name in ("center", "htk"):
            _choice(getattr(self, name), name, (True, False))
        for name in ("fmin", "amin", "offset", "lifter"):
            _number(getattr(self, name), name, lowest=0.0)
        for name in ("fmax", "top_db"):
            if getattr(self, name) is not None:
                _number(getattr(self, name), name, lowest=0.0)
        _number(self.scale, "scale", lowest=float("-inf"))
        for name in ("mean", "std"):
            object.__setattr__(self, name, _numbers(getattr(self, name), name))
        self._check_std()
        if self.kind != "waveform":
            self._check_spectral()
        elif isinstance(self.mean, tuple) or isinstance(self.std, tuple):
            raise ParameterError(
                "mean and std of the frontend kind='waveform' are lists; allowed: one number each"
            )

    def _check_std(self) -> None:
        stds = self.std if isinstance(self.std, tuple) else (self.std,)
        if min(stds) <= 0:
            raise ParameterError(f"std={min(stds)}; allowed: numbers above 0")

    def _check_spectral(self) -> None:
        missing = [name for name in _SPECTRAL if getattr(self, name) is None]
        if missing:
            raise ParameterError(
                f"frontend kind={self.kind!r} without {', '.join(missing)}; these are never "
                "guessed; take them from the training code and add them to the frontend"
            )
        for name in (*_SPECTRAL, "n_mfcc"):
            _count(getattr(self, name), name)
        if (self.n_mels or 0) * (self.n_fft or 0) > _MOST_FILTER_CELLS:
            raise ParameterError(
                f"n_mels={self.n_mels} and n_fft={self.n_fft}; allowed: a product of at most "
                f"{_MOST_FILTER_CELLS:,}; take them from the training code"
            )
        if self.win_length is not None:
            _count(self.win_length, "win_length")
        if (self.win_length or 0) > (self.n_fft or 0):
            raise ParameterError(f"win_length={self.win_length}; allowed: at most {self.n_fft=}")
        if self.kind == "mfcc" and self.n_mfcc > (self.n_mels or 0):
            raise ParameterError(f"n_mfcc={self.n_mfcc}; allowed: at most n_mels={self.n_mels}")

    @classmethod
    def from_dict(cls, values: Mapping[str, object], *, source: str) -> "FrontendSpec":
        """Read a specification; `source` names the file in errors.

        Raises
        ------
        ParameterError
            For an unknown key, one that is missing or a value out of range.
        """
        if not isinstance(values, Mapping):
            raise ParameterError(
                f"{source}: frontend={shown(values)}; allowed: an object such as "
                '{"kind": "log_mel", "n_fft": 480, "hop_length": 160, "n_mels": 40}'
            )
        unknown = sorted(set(values) - set(cls.__dataclass_fields__))
        if unknown:
            keys = ", ".join(sorted(cls.__dataclass_fields__))
            raise ParameterError(
                f"{source}: frontend has the unknown key {shown(unknown[0])}; allowed: {keys}"
            )
        try:
            return cls(**values)  # type: ignore[arg-type]
        except ParameterError as error:
            raise ParameterError(f"{source}: {error}") from None

    def to_dict(self) -> dict[str, object]:
        """Plain types, without what equals its default; `kind` always stands."""
        values: dict[str, object] = {"kind": self.kind}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.default is MISSING or value != field.default:
                values[field.name] = list(value) if isinstance(value, tuple) else value
        return values


def _choice(value: object, name: str, allowed: Sequence[object]) -> None:
    if value not in allowed:
        raise ParameterError(f"{name}={shown(value)}; allowed: {', '.join(map(str, allowed))}")


def _count(value: object, name: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ParameterError(f"{name}={shown(value)}; allowed: a positive whole number")
    if value > _MOST_FILTER_CELLS:
        raise ParameterError(f"{name}={shown(value)}; allowed: at most {_MOST_FILTER_CELLS:,}")


def _number(value: object, name: str, *, lowest: float) -> float:
    number = _as_float(value)
    if not (number >= lowest and abs(number) < _MOST):
        least = "" if lowest == float("-inf") else f" of at least {lowest:g}"
        raise ParameterError(f"{name}={shown(value)}; allowed: a number{least}")
    return number


def _as_float(value: object) -> float:
    """A number, infinite where it is too large; NaN of anything else."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return float("nan")
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _numbers(value: object, name: str) -> float | tuple[float, ...]:
    if isinstance(value, list | tuple) and value:
        return tuple(_number(item, name, lowest=float("-inf")) for item in value)
    return _number(value, name, lowest=float("-inf"))
