"""What each layer sees and how its channels answer."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.grid import ReceptiveField
from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerRow:
    """One layer call of the network, in order of execution.

    `time_field` and `frequency_field` are receptive fields in audio samples and in frequency
    cells of the network's input; None where there is no such axis. `output_shape` leaves the
    clip axis out.
    """

    name: str
    kind: str
    detail: str
    output_shape: tuple[int, ...]
    n_parameters: int
    time_field: ReceptiveField | None
    frequency_field: ReceptiveField | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelStatistics:
    """Statistics of a captured layer over all clips, each (channel,).

    Parameters
    ----------
    layer
        Name of the layer call.
    mean, maximum, rms
        Of the layer's own output.
    fraction_silent
        Share of clips on which later layers see nothing but zero, after normalisation and
        activation; NaN where not known.
    constant
        Whether they see one value on all clips, bool; None where not known.
    """

    layer: str
    mean: np.ndarray
    maximum: np.ndarray
    rms: np.ndarray
    fraction_silent: np.ndarray
    constant: np.ndarray | None = None

    def __post_init__(self) -> None:
        columns = ("mean", "maximum", "rms", "fraction_silent", "constant")
        freeze(self, **dict.fromkeys(columns, ("channel",)))


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class LayerStatistics(Result):
    """The network's layers with their receptive fields, and what its channels did on the clips.

    `sample_rate` is in Hz, `n_samples` the length of the network's input in audio samples;
    `findings` say what no output hears and which channels are constant or broken.
    """

    model_name: str
    sample_rate: int
    n_samples: int
    n_parameters: int
    frontend: str
    class_names: tuple[str, ...]
    layers: tuple[LayerRow, ...]
    channels: tuple[ChannelStatistics, ...]
    findings: tuple[Finding, ...]
    provenance: Provenance

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per layer, receptive field in audio samples."""
        import pandas

        rows = []
        for row in self.layers:
            field = row.time_field
            rows.append(
                {
                    "layer": row.name,
                    "kind": row.kind,
                    "detail": row.detail,
                    "shape": "x".join(map(str, row.output_shape)),
                    "parameters": row.n_parameters,
                    "receptive_offset": field.offset if field else None,
                    "receptive_jump": field.jump if field else None,
                    "receptive_size": field.size if field else None,
                    "receptive_status": field.status if field else None,
                }
            )
        return pandas.DataFrame(rows)
