"""What the user asked for, and the input contract that files and options make together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from cnnviz.budget import parse_json
from cnnviz.errors import ModelLoadError, ParameterError
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One reference to a model, with the options that stand beside it.

    Parameters
    ----------
    reference
        What the user typed.
    kind
        What the file is (`kind_of`), or empty when the reference is no file.
    weights
        State dict for a factory.
    options
        The part of the contract that the user named; it wins over files.
    trust_code
        Whether the user lets files run code.
    """

    reference: str
    kind: str = ""
    weights: Path | None = None
    options: ModelSpec = field(default_factory=ModelSpec)
    trust_code: bool = False

    @property
    def path(self) -> Path:
        """The reference as a file."""
        return Path(self.reference)

    def contract(self, spec: ModelSpec, *files: Path) -> ModelSpec:
        """Input contract: options, then the checkpoint's own, then ``MODEL.json``.

        Parameters
        ----------
        spec
            What the checkpoint says of itself.
        files
            Files whose ``<stem>.json`` may complete it, first one first.

        Raises
        ------
        ParameterError
            If a ``MODEL.json`` cannot be understood.
        """
        sidecars = [read_sidecar(path.with_suffix(".json")) for path in files]
        return merged(self.options, spec, *(sidecar for sidecar in sidecars if sidecar is not None))


def merged(*specs: ModelSpec) -> ModelSpec:
    """Complete contracts: of each field the first value that is known."""
    result = specs[0]
    for spec in specs[1:]:
        unset = [each.name for each in fields(result) if not _is_set(result, each.name)]
        result = replace(result, **{name: getattr(spec, name) for name in unset})
    return result


def _is_set(spec: ModelSpec, name: str) -> bool:
    return getattr(spec, name) not in (None, ())


def read_sidecar(path: Path) -> ModelSpec | None:
    """Read the contract in a ``MODEL.json``; None when there is no such file.

    Raises
    ------
    ParameterError
        If it is not JSON or has an unknown key.
    """
    if not path.is_file():
        return None
    try:
        values: Any = parse_json(path.read_bytes())
    except (ValueError, OSError) as error:
        raise ParameterError(f"{path} is not JSON ({error}); mend or remove it") from None
    return ModelSpec.from_dict(values, source=str(path))


def frontend_of(value: FrontendSpec | Mapping[str, object] | None) -> FrontendSpec | None:
    """The frontend option as a specification."""
    if value is None or isinstance(value, FrontendSpec):
        return value
    return FrontendSpec.from_dict(value, source="--frontend")


def weights_file(weights: str | Path | None) -> Path | None:
    """The weights option as a file that exists."""
    if weights is None:
        return None
    if not Path(weights).is_file():
        raise ModelLoadError(f"weights={weights} does not exist; allowed: a file of tensors")
    return Path(weights)


def first_names(values: Sequence[str], most: int = 4) -> str:
    """The first names of many, with the count of the rest."""
    rest = len(values) - most
    first = ", ".join(values[:most])
    return f"{first} and {rest} more" if rest > 0 else first
