"""Where the cells of a layer are: times and frequencies at the centres of receptive fields."""

import numpy as np

from cnnviz.grid import UNKNOWN, Grid, ReceptiveField
from cnnviz.model import AudioModel
from cnnviz.trace.records import LayerCall


def layer_grid(call: LayerCall, model: AudioModel, n_samples: int) -> Grid:
    """Axes of the cells of a layer call in Hz and s, through the frontend.

    Without a time axis there is one time. Times are spread over the clip where no field is known;
    there are no frequencies without such an axis, and where its cells are none: cepstral
    coefficients, or a frontend inside the network.

    Parameters
    ----------
    call
        Of a trace of the model.
    model
        Whose frontend and sample rate count.
    n_samples
        Audio samples of the clip that was traced.
    """
    n_times = 1 if call.time_axis is None else call.output_shape[call.time_axis]
    return Grid(
        times=_times(call.time_field, n_times, model, n_samples),
        frequencies=_frequencies(call, model, n_samples),
        receptive_field=call.time_field,
    )


def _times(
    field: ReceptiveField | None, n_cells: int, model: AudioModel, n_samples: int
) -> np.ndarray:
    """Seconds of each cell."""
    if field is None or field.status == UNKNOWN:
        return (np.arange(n_cells) + 0.5) * n_samples / n_cells / model.sample_rate
    return field.centres(n_cells) / model.sample_rate


def _frequencies(call: LayerCall, model: AudioModel, n_samples: int) -> np.ndarray:
    """Hz of each cell of the frequency axis, read off the frontend's at the centres."""
    axis = model.frontend.grid(n_samples).frequencies
    if call.frequency_axis is None or not len(axis):
        return np.empty(0)
    n_cells = call.output_shape[call.frequency_axis]
    field = call.frequency_field
    if field is None or field.status == UNKNOWN:
        centres = (np.arange(n_cells) + 0.5) * len(axis) / n_cells - 0.5
    else:
        centres = field.centres(n_cells)
    return np.asarray(np.interp(centres, np.arange(len(axis)), axis))
