"""ModelSpec: the input contract of a network, as it stands in files."""

from collections.abc import Mapping
from dataclasses import dataclass

from cnnviz.errors import ParameterError, shown
from cnnviz.frontend import FrontendSpec
from cnnviz.roles import ROLES

LAYOUTS = ("bct", "bt", "btc")
OUTPUTS = ("logits", "log_probabilities", "probabilities", "sigmoid", "values")

_MOST_SAMPLES = 1 << 25  # of a clip, 11 minutes at 48 kHz; also of one second


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSpec:
    """The input contract of a network, as it stands in a checkpoint or in ``MODEL.json``.

    Parameters
    ----------
    architecture
        How to build the network: ``"zoo:NAME"`` or ``"package.module:factory"``; None when
        the file holds weights alone.
    sample_rate
        Hz, of the audio the network was trained on; None when not known.
    n_samples
        Audio samples per clip; None when any length goes.
    layout
        Axes of the network's input on raw waveforms: ``"bct"`` (clip, 1, time), ``"bt"``,
        ``"btc"``; None: whichever the network accepts, ``"bct"`` where nothing can be run.
        Spectrogram frontends give (clip, 1, frequency, time).
    frontend
        Waveform to network input; None: the waveform itself.
    class_names
        In order of the outputs; empty when not known.
    output
        What the network returns: ``"logits"``, ``"log_probabilities"``, ``"probabilities"``
        (of a softmax, or a mean or maximum of probabilities), ``"sigmoid"`` (independent tags)
        or ``"values"`` (no scores); None: found on the first forward pass.
    role
        What its output is for: ``"classes"``, ``"tags"``, ``"frames"``, ``"regression"``,
        ``"embedding"`` or ``"waveform"``; None: recognised where it can be.
    """

    architecture: str | None = None
    sample_rate: int | None = None
    n_samples: int | None = None
    layout: str | None = None
    frontend: FrontendSpec | None = None
    class_names: tuple[str, ...] = ()
    output: str | None = None
    role: str | None = None

    def __post_init__(self) -> None:
        for name in ("sample_rate", "n_samples"):
            value = getattr(self, name)
            if value is not None and (
                not isinstance(value, int) or isinstance(value, bool) or value <= 0
            ):
                raise ParameterError(f"{name}={shown(value)}; allowed: a positive whole number")
            if value is not None and value > _MOST_SAMPLES:
                raise ParameterError(
                    f"{name}={shown(value)}; allowed: at most {_MOST_SAMPLES:,}; "
                    "cut the clips shorter"
                )
        if self.layout not in (None, *LAYOUTS):
            raise ParameterError(f"layout={shown(self.layout)}; allowed: {', '.join(LAYOUTS)}")
        if self.output not in (None, *OUTPUTS):
            hint = "; a role stands under role" if self.output in ROLES else ""
            raise ParameterError(
                f"output={shown(self.output)}; allowed: {', '.join(OUTPUTS)}{hint}"
            )
        if self.role not in (None, *ROLES):
            raise ParameterError(f"role={shown(self.role)}; allowed: {', '.join(ROLES)}")
        if not isinstance(self.architecture, str | None):
            raise ParameterError(f"architecture={shown(self.architecture)}; allowed: text")

    def to_dict(self) -> dict[str, object]:
        """Plain types only, ready for JSON."""
        values: dict[str, object] = {name: getattr(self, name) for name in self.__slots__}
        values["frontend"] = None if self.frontend is None else self.frontend.to_dict()
        values["class_names"] = list(self.class_names)
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, object], *, source: str) -> "ModelSpec":
        """Read a specification; `source` names the file in errors.

        Raises
        ------
        ParameterError
            For an unknown key or a value out of range.
        """
        if not isinstance(values, Mapping):
            raise ParameterError(
                f"{source} holds {type(values).__name__}; allowed: an object such as "
                '{"sample_rate": 16000, "class_names": ["no", "yes"]}'
            )
        keys = set(cls.__dataclass_fields__)
        unknown = sorted(set(values) - keys)
        if unknown:
            raise ParameterError(
                f"{source} has the unknown key {shown(unknown[0])}; allowed: "
                f"{', '.join(sorted(keys))}"
            )
        fields = dict(values)
        fields["class_names"] = _names(fields.get("class_names"), source)
        if fields.get("frontend") is not None:
            fields["frontend"] = FrontendSpec.from_dict(fields["frontend"], source=source)  # type: ignore[arg-type]
        try:
            return cls(**fields)  # type: ignore[arg-type]
        except ParameterError as error:
            raise ParameterError(f"{source}: {error}") from None


def _names(values: object, source: str) -> tuple[str, ...]:
    if values is None:
        return ()
    if isinstance(values, list | tuple) and all(isinstance(value, str) for value in values):
        return tuple(values)
    raise ParameterError(f"{source}: class_names={shown(values)}; allowed: a list of texts")
