"""Units hear single samples of either sign; where cells stand apart, at several places.

A cell whose receptive field ends e samples after the click answers with the tap that meets it, so
that clicks between two cells fill in the lags between theirs: of a linear unit the answers over the
lag are its taps turned around.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from cnnviz.grid import ReceptiveField
from cnnviz.probing.listening import Listener
from cnnviz.probing.periodic import heard_in_batches, takes
from cnnviz.probing.stimuli import amplitude
from cnnviz.probing.unit_layers import UnitLayer

_MOST_PLACES = 16
_SIGNS = (1.0, -1.0)
_ROUNDING = 1e-6  # of activations in single precision
_TOLD = 1e-3  # answers whose rounding is more than this share of them are none


@dataclass(frozen=True, kw_only=True, slots=True)
class ClickResponse:
    """Answers of the units of a layer above their silence.

    Parameters
    ----------
    lags
        Audio samples from the click to the end of a cell's receptive field, rising, (lag,).
    responses
        To a positive and a negative click, (unit, sign, lag).
    beyond
        Largest answer of cells whose receptive field does not hold the click over the largest of
        those that do, (unit,); NaN of units that do not answer above rounding.
    """

    lags: np.ndarray
    responses: np.ndarray
    beyond: np.ndarray


def hear_clicks(
    listener: Listener, layers: Sequence[UnitLayer], *, level_db: float
) -> Mapping[str, ClickResponse]:
    """Click responses of layers that have no `why_not`.

    Parameters
    ----------
    listener
        Of the network.
    layers
        In order of execution.
    level_db
        Of the sample's magnitude, dB re 1.
    """
    fields = {layer.name: layer.field for layer in layers}
    reach = max(field.size + field.jump for field in fields.values())
    wanted = max(listener.n_samples, 2 * math.ceil(reach) + 2)
    n_samples = wanted if takes(listener, wanted) else listener.n_samples
    shifts = {name: _shifts(field) for name, field in fields.items()}
    places = n_samples // 2 + np.unique(np.concatenate(list(shifts.values())))
    silent = listener.hear(torch.zeros(1, n_samples))

    def sounds(index: np.ndarray) -> np.ndarray:
        made = np.zeros((len(index), n_samples))
        signs = np.array(_SIGNS)[index % 2]
        made[np.arange(len(index)), places[index // 2]] = signs * amplitude(level_db)
        return made

    parts: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {layer.name: [] for layer in layers}
    size = {layer.name: 0.0 for layer in layers}
    for index, heard in heard_in_batches(listener, sounds, 2 * len(places), n_samples):
        for layer in layers:
            own = np.isin(places[index // 2] - n_samples // 2, shifts[layer.name])
            if own.any():
                above = heard[layer.name][torch.from_numpy(own)] - silent[layer.name]
                parts[layer.name].append((index[own], above.double().cpu().numpy()))
                size[layer.name] = max(size[layer.name], float(above.abs().max()))
    return {
        name: _gathered(
            parts[name],
            fields[name],
            places,
            n_samples,
            noise=_ROUNDING * (float(silent[name].abs().max()) + size[name]),
        )
        for name in parts
    }


def _shifts(field: ReceptiveField) -> np.ndarray:
    """Places between two cells, audio samples; at most `_MOST_PLACES`."""
    jump = max(1, math.ceil(field.jump))
    return np.arange(0, jump, math.ceil(jump / _MOST_PLACES))


def _gathered(
    parts: Sequence[tuple[np.ndarray, np.ndarray]],
    field: ReceptiveField,
    places: np.ndarray,
    n_samples: int,
    *,
    noise: float,
) -> ClickResponse:
    """Answers by lag, of cells that see no padding."""
    index = np.concatenate([part[0] for part in parts])
    above = np.concatenate([part[1] for part in parts])  # (sound, unit, [band,] cell)
    above = _at_loudest_band(above)
    starts = field.offset + np.arange(above.shape[-1]) * field.jump
    inside = (starts >= 0) & (starts + field.size <= n_samples)
    lags = (starts + field.size - 1)[None] - places[index // 2][:, None]  # (sound, cell)
    seen = inside & (lags >= 0) & (lags < field.size)
    positive, negative = ((index % 2 == k) for k in (0, 1))
    order = np.argsort(lags[positive][seen[positive]], kind="stable")
    responses = np.stack(
        [
            np.moveaxis(above[sign], 1, 0)[:, seen[sign]][:, order]  # (unit, lag)
            for sign in (positive, negative)
        ],
        axis=1,
    )
    by_unit = np.abs(np.moveaxis(above, 1, 0))
    top = by_unit[:, seen].max(axis=1, initial=0.0)
    top = np.where(top > noise / _TOLD, top, 0.0)
    outside = by_unit[:, ~seen & inside].max(axis=1, initial=0.0)
    outside = np.where(outside > noise, outside, 0.0)
    return ClickResponse(
        lags=lags[positive][seen[positive]][order],
        responses=responses,
        beyond=outside / np.where(top > 0, top, np.nan),
    )


def _at_loudest_band(above: np.ndarray) -> np.ndarray:
    """Each unit at the band of its largest answer, (sound, unit, cell)."""
    if above.ndim == 3:
        return above
    bands = np.abs(above).max(axis=(0, 3)).argmax(axis=1)
    return np.asarray(above[:, np.arange(above.shape[1]), bands])
