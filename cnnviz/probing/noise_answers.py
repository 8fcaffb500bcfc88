"""Units hear white noise: sums for spike-triggered averages and covariances, block by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from cnnviz.dsp.triggered import frames_of
from cnnviz.probing.cell_windows import CellWindows, loudest_bands, of_bands, windows_of
from cnnviz.probing.listening import Listener
from cnnviz.probing.unit_layers import UnitLayer
from cnnviz.probing.white_noise import white_noise, with_negatives

N_BLOCKS = 16
LONGEST_COVARIANCE = 512
"""Taps of a covariance at most."""
FEWEST_DRAWS = 128
"""Of a null that all units of a layer share."""
_AVERAGE_WORK, _COVARIANCE_WORK = 2e10, 3e10  # products
_ROUNDING = 1e-11  # of float32, squared
_BLOCK_VALUES, _FRAME_VALUES = 1 << 23, 1 << 24


@dataclass(frozen=True, kw_only=True, slots=True)
class NoisePlan:
    """How much noise is heard.

    Parameters
    ----------
    rms
        Of the noise.
    n_pairs
        Of sounds and their negatives, for averages and covariances.
    n_jacobians
        Sounds at which units are differentiated.
    seed
        Of the noise and of the shuffled pairing.
    n_jacobian_units
        Units of a layer that are differentiated, evenly chosen; None: all.
    """

    rms: float
    n_pairs: int
    n_jacobians: int
    seed: int
    n_jacobian_units: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How a layer is read: cells for averages, cells for covariances, cells along frequency.

    Those for covariances share no audio sample. `covariance` is None where windows are too long for
    one; `bands` where there is no such axis.
    """

    layer: UnitLayer
    windows: CellWindows
    covariance: CellWindows | None
    bands: np.ndarray | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NoiseAnswers:
    """What the units of a layer answered.

    Parameters
    ----------
    reading
        How the layer was read.
    block_averages
        Spike-triggered averages of blocks of noise, float32 (block, unit, tap).
    block_sizes
        Pairs of noise in each block, (block,).
    null_averages
        Of all noise in shuffled pairing, float32 (draw, unit, tap).
    variance, odd_variance, even_variance
        Of the answers, and of their halves, (unit,).
    active_share
        Share of the answers that are neither the lowest nor, if more are that, the highest one
        of their block, (unit,): how often a rectified unit is above its threshold.
    n_cells
        Cells of all pairs.
    frames
        What the cells of the covariance see, over the root mean square of the noise, float32
        (sound * cell, tap); None without.
    even
        Even halves of their answers, float32 (unit, sound, cell).
    """

    reading: Reading
    block_averages: np.ndarray
    block_sizes: np.ndarray
    null_averages: np.ndarray
    variance: np.ndarray
    odd_variance: np.ndarray
    even_variance: np.ndarray
    active_share: np.ndarray
    n_cells: int
    frames: np.ndarray | None
    even: np.ndarray | None


def hear_noise(listener: Listener, plan: NoisePlan) -> tuple[NoiseAnswers, ...]:
    """Let all layers of a listener hear the same noise."""
    generator = np.random.default_rng(plan.seed)
    readings = _readings(listener, plan)
    gathered = [_Gathered(reading, plan) for reading in readings]
    for n_pairs in _parts(plan.n_pairs):
        noise = white_noise(n_pairs, listener.n_samples, rms=plan.rms, generator=generator)
        answers = _heard(listener, readings, noise)
        for layer, (plus, minus) in zip(gathered, answers, strict=True):
            layer.take(noise, plus, minus)
    return tuple(layer.given() for layer in gathered)


def _parts(n: int) -> list[int]:
    """Sizes of `N_BLOCKS` parts of `n`."""
    return [len(part) for part in np.array_split(np.arange(n), N_BLOCKS)]


def _readings(listener: Listener, plan: NoisePlan) -> list[Reading]:
    generator = np.random.default_rng((plan.seed, 1))
    noise = white_noise(2, listener.n_samples, rms=plan.rms, generator=generator)
    heard = listener.hear(torch.from_numpy(noise))
    found = []
    for layer in listener.layers:
        maps = heard[layer.name]
        windows = windows_of(layer, maps.shape[-1], listener.n_samples)
        bands = loudest_bands(maps, windows.cells)
        found.append(_reading(layer, windows, bands, n_units=maps.shape[1], plan=plan))
    return found


def _reading(
    layer: UnitLayer,
    windows: CellWindows,
    bands: np.ndarray | None,
    *,
    n_units: int,
    plan: NoisePlan,
) -> Reading:
    """Leave cells out where all of them would be too much work or memory."""
    n_cells, size = len(windows.cells), windows.size
    work = n_units * n_cells * plan.n_pairs * size / _AVERAGE_WORK
    values = n_units * n_cells * -(-plan.n_pairs // N_BLOCKS) / _BLOCK_VALUES
    thinned = windows.thinned(max(1, int(np.ceil(max(work, values)))))
    covariance = None
    if size <= LONGEST_COVARIANCE:
        most = min(_FRAME_VALUES / size, _COVARIANCE_WORK / (max(n_units, FEWEST_DRAWS) * size**2))
        rows = len(thinned.cells) * plan.n_pairs
        covariance = thinned.thinned(max(_apart(thinned), int(np.ceil(rows / most))))
    return Reading(layer=layer, windows=thinned, covariance=covariance, bands=bands)


def _apart(windows: CellWindows) -> int:
    """Steps between cells that share no audio sample, as shuffled pairings do not either."""
    if len(windows.starts) < 2:
        return 1
    return -(-windows.size // max(1, int(np.diff(windows.starts).min())))


def _heard(
    listener: Listener, readings: Sequence[Reading], noise: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Answers of each layer to noise and its negative, float32 (sound, unit, cell) each."""
    size = max(1, listener.batch_size // 2)
    parts: list[list[np.ndarray]] = [[] for _ in readings]
    for start in range(0, len(noise), size):
        heard = listener.hear(torch.from_numpy(with_negatives(noise[start : start + size])))
        for part, reading in zip(parts, readings, strict=True):
            maps = of_bands(heard[reading.layer.name], reading.bands)
            part.append(maps[..., reading.windows.cells].detach().to("cpu", torch.float32).numpy())
    whole = [np.concatenate(part) for part in parts]
    return [(maps[::2], maps[1::2]) for maps in whole]


class _Gathered:
    """Sums over the blocks of noise that a layer has heard."""

    def __init__(self, reading: Reading, plan: NoisePlan) -> None:
        self.reading, self.rms = reading, plan.rms
        self.generator = np.random.default_rng((plan.seed, 2))
        self.blocks: list[np.ndarray] = []
        self.null: np.ndarray | None = None
        self.moments: list[np.ndarray] = []
        self.frames: list[np.ndarray] = []
        self.even: list[np.ndarray] = []
        self.sizes: list[int] = []
        self.n_cells = 0

    def take(self, noise: np.ndarray, plus: np.ndarray, minus: np.ndarray) -> None:
        """Add a block: noise (sound, samples), answers (sound, unit, cell)."""
        odd, even = (plus - minus) / 2, (plus + minus) / 2
        n_sounds, n_units, n_cells = odd.shape
        rolls = self._rolls(n_sounds, n_units)
        rows = np.stack([odd, *(np.roll(odd, roll, axis=0) for roll in rolls)])
        sums = _correlated(noise, rows, self.reading.windows)
        averages = sums / (n_sounds * n_cells * self.rms**2)  # (1 + draw, unit, tap)
        self.blocks.append(averages[0].astype(np.float32))
        weighted = averages[1:] * (n_sounds * n_cells)
        self.null = weighted if self.null is None else self.null + weighted
        self.sizes.append(n_sounds)
        self.n_cells += n_sounds * n_cells
        means = even.sum((0, 2), dtype=np.float64)
        self.moments.append(
            np.stack([means, _squares(even), _squares(odd), _n_active(plus, minus)])
        )
        self._take_frames(noise, even)

    def given(self) -> NoiseAnswers:
        """What was gathered."""
        total, even, odd, active = np.sum(self.moments, axis=0) / self.n_cells
        even_variance = np.maximum(even - total**2, 0)
        for half in (even_variance, odd):
            half[half <= _ROUNDING * (even + odd)] = 0.0
        assert self.null is not None
        return NoiseAnswers(
            reading=self.reading,
            block_averages=np.stack(self.blocks),
            block_sizes=np.array(self.sizes),
            null_averages=(self.null / self.n_cells).astype(np.float32),
            variance=even_variance + odd,
            odd_variance=odd,
            even_variance=even_variance,
            active_share=active,
            n_cells=self.n_cells,
            frames=np.concatenate(self.frames) if self.frames else None,
            even=np.concatenate(self.even, axis=1) if self.even else None,
        )

    def _rolls(self, n_sounds: int, n_units: int) -> np.ndarray:
        """By how many sounds answers are shifted against the noise, (draw,)."""
        n_draws = max(2, -(-FEWEST_DRAWS // n_units))
        if n_sounds == 1:
            return np.zeros(0, int)
        return self.generator.integers(1, n_sounds, n_draws)

    def _take_frames(self, noise: np.ndarray, even: np.ndarray) -> None:
        windows = self.reading.covariance
        if windows is None:
            return
        kept = np.isin(self.reading.windows.cells, windows.cells)
        scaled = frames_of(noise, windows.starts, windows.size) / np.float32(self.rms)
        self.frames.append(scaled)
        self.even.append(np.ascontiguousarray(even[..., kept].swapaxes(0, 1)))


def _squares(values: np.ndarray) -> np.ndarray:
    """Sum of squares of (sound, unit, cell), (unit,)."""
    return np.asarray(np.square(values, dtype=np.float64).sum((0, 2)))


def _n_active(plus: np.ndarray, minus: np.ndarray) -> np.ndarray:
    """Pairs of answers (sound, unit, cell) off their lowest or highest value, (unit,)."""
    ends = []
    for extreme in (np.minimum, np.maximum):
        end = extreme(extreme.reduce(plus, (0, 2)), extreme.reduce(minus, (0, 2)))[:, None]
        ends.append((plus == end).sum((0, 2)) + (minus == end).sum((0, 2)))
    n_cells = plus.shape[0] * plus.shape[2]
    return np.asarray(n_cells - np.maximum(*ends) / 2)


def _correlated(noise: np.ndarray, answers: np.ndarray, windows: CellWindows) -> np.ndarray:
    """Sum of answers times what their cells saw.

    Parameters
    ----------
    noise
        (sound, samples).
    answers
        (draw, sound, unit, cell).
    windows
        Of the cells.

    Returns
    -------
    np.ndarray
        float64 (draw, unit, tap).
    """
    n_draws, n_sounds, n_units, n_cells = answers.shape
    sums = np.zeros((n_draws * n_units, windows.size))
    step = max(1, _BLOCK_VALUES // (n_sounds * windows.size))
    for start in range(0, n_cells, step):
        part = slice(start, start + step)
        frames = frames_of(noise, windows.starts[part], windows.size)
        rows = answers[..., part].transpose(0, 2, 1, 3).reshape(n_draws * n_units, -1)
        sums += rows @ frames
    return sums.reshape(n_draws, n_units, windows.size)
