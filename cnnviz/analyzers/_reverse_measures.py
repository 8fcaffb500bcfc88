"""From what units answered to noise, and their Jacobians, to the records of a result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from cnnviz.dsp import triggered
from cnnviz.dsp.drift import cosines
from cnnviz.dsp.jacobians import (
    band_centres,
    complexity,
    gain_change,
    mean_distance,
    mean_powers,
    mean_reliability,
    n_bins,
    shortest_widths,
    sign_flip_p,
)
from cnnviz.dsp.medians import known_median
from cnnviz.model import AudioModel
from cnnviz.probing import UnitLayer, listening, unit_layers
from cnnviz.probing.noise_answers import (
    FEWEST_DRAWS,
    LONGEST_COVARIANCE,
    N_BLOCKS,
    NoiseAnswers,
    NoisePlan,
    hear_noise,
)
from cnnviz.probing.unit_jacobians import NoGradientError, unit_jacobians
from cnnviz.results.reverse_correlation import ReverseLayer, UnitJacobians, UntrainedReverse
from cnnviz.results.triggered import LEAST_P, TriggeredAverages, TriggeredCovariances
from cnnviz.trace import shared_traces

COMPARED_SHARE = 4
"""Of so many inputs one Jacobian that is not zero goes into a unit's complexity."""
LEAST_ACTIVE = 0.2
"""Share of answers off their threshold, below which a few Jacobians tell no mean."""
_N_EIGENVALUES, _N_VECTORS = 4, 2


def measure(model: AudioModel, names: Sequence[str], plan: NoisePlan) -> Iterator[ReverseLayer]:
    """Measure the units of layers, one layer after the other.

    Parameters
    ----------
    model
        Borrowed.
    names
        Of layers; empty: see `unit_layers`.
    plan
        How much noise is heard.
    """
    with shared_traces():
        layers = unit_layers(model, names)
        with listening(model, layers) as listener:
            answers = hear_noise(listener, plan)
        for one in answers:
            yield _layer(model, one, plan)


def of_twins(twins: Sequence[ReverseLayer]) -> UntrainedReverse | None:
    """The measures of the same layer of twins."""
    if not twins:
        return None
    return UntrainedReverse(
        n_averages=np.array([float(one.averages.is_shown.sum()) for one in twins]),
        n_energy_like=np.array([_count(one.energy_like) for one in twins]),
        complexity=np.array(
            [_median(one.jacobians.complexity if one.jacobians else None) for one in twins]
        ),
        field_ratio=np.array([_median(one.field_ratio) for one in twins]),
    )


def _count(units: np.ndarray | None) -> float:
    return float("nan") if units is None else float(units.sum())


def _median(values: np.ndarray | None) -> float:
    return float("nan") if values is None else known_median(values)


def _layer(model: AudioModel, answers: NoiseAnswers, plan: NoisePlan) -> ReverseLayer:
    reading = answers.reading
    size = reading.windows.size
    averages = _averages(answers, plan.rms, model.sample_rate)
    jacobians, reason = None, ""
    try:
        jacobians = _jacobians(model, reading.layer, answers, plan)
    except NoGradientError:
        reason = "no gradient of the layer reaches the waveform"
    too_long = (
        f"a cell sees {size:,} audio samples, covariances are made of up to {LONGEST_COVARIANCE}"
    )
    return ReverseLayer(
        layer=reading.layer.name,
        reading=reading.layer.reading,
        bands=reading.bands,
        n_taps=size,
        is_field=reading.windows.is_known,
        alive=answers.variance > 0,
        active_share=answers.active_share,
        averages=averages,
        covariances=_covariances(answers, plan),
        covariances_absent=too_long if answers.frames is None else "",
        jacobians=jacobians,
        jacobians_absent=reason,
    )


def _averages(answers: NoiseAnswers, rms: float, sample_rate: float) -> TriggeredAverages:
    """Averages of all blocks, held against shuffled pairing."""
    kernels = _weighted_mean(answers)
    n_cells, n_taps = answers.n_cells, kernels.shape[1]
    odd, variance = answers.odd_variance, answers.variance
    excess, null = (
        triggered.excess_energy(each, odd, n_cells=n_cells, rms=rms)
        for each in (kernels, answers.null_averages.astype(np.float64))
    )
    p = triggered.pooled_p(excess, null.ravel())
    shares = odd / np.where(variance > 0, variance, np.nan)
    reliability = triggered.reliability(excess)
    powers = np.stack([mean_powers(kernel[None]) for kernel in kernels])
    centres = band_centres(powers, sample_rate)
    return TriggeredAverages(
        kernels=kernels.astype(np.float32),
        excess=excess,
        p=p,
        reliability=reliability,
        gain=np.linalg.norm(kernels, axis=1) * reliability,
        linear_share=triggered.linear_share(excess, shares, n_taps=n_taps, n_cells=n_cells),
        centre_hz=np.where(p < LEAST_P, centres, np.nan),
        n_cells=n_cells,
    )


def _weighted_mean(answers: NoiseAnswers) -> np.ndarray:
    """Average over blocks, which may hold one pair more or less, float64 (unit, tap)."""
    weights = answers.block_sizes / answers.block_sizes.sum()
    averages = answers.block_averages.astype(np.float64)
    return np.asarray(np.einsum("b,but->ut", weights, averages))


def _covariances(answers: NoiseAnswers, plan: NoisePlan) -> TriggeredCovariances | None:
    """Eigenvalues of each unit, held against those of shuffled pairings of all units."""
    frames, even = answers.frames, answers.even
    if frames is None or even is None:
        return None
    n_units, n_sounds, n_cells = even.shape
    deviations = np.sqrt(answers.even_variance)
    alive = np.flatnonzero(deviations > 0)
    scaled = even / np.where(deviations > 0, deviations, 1)[:, None, None].astype(np.float32)
    n_taps = frames.shape[1]
    values = np.full((n_units, min(_N_EIGENVALUES, n_taps)), np.nan)
    vectors = np.zeros((n_units, min(_N_VECTORS, n_taps), n_taps), np.float32)
    limit = _largest_by_chance(frames, scaled[alive], plan.seed)
    n_beyond = np.zeros(n_units, int)
    for unit in alive:
        found, directions = triggered.covariance_eigen(frames, scaled[unit].ravel())
        values[unit], vectors[unit] = found[: values.shape[1]], directions[: vectors.shape[1]]
        n_beyond[unit] = int((np.abs(found) > limit).sum())
    with np.errstate(invalid="ignore"):
        shares = deviations / np.sqrt(answers.variance)  # of the even half in the answers
    return TriggeredCovariances(
        correlations=values * shares[:, None],
        limits=np.where(deviations > 0, limit, np.nan) * shares,
        n_beyond=n_beyond,
        vectors=vectors,
        n_cells=n_sounds * n_cells,
    )


def _largest_by_chance(frames: np.ndarray, even: np.ndarray, seed: int) -> float:
    """Size of the largest eigenvalue that 1 % of shuffled pairings exceed."""
    n_units, n_sounds, _ = even.shape
    if not n_units or n_sounds < 2:
        return float("inf")
    generator = np.random.default_rng((seed, 3))
    order = np.concatenate(
        [generator.permutation(n_units) for _ in range(-(-FEWEST_DRAWS // n_units))]
    )
    rolls = generator.integers(1, n_sounds, FEWEST_DRAWS)
    largest = []
    for unit, roll in zip(order[:FEWEST_DRAWS], rolls, strict=True):
        shuffled = np.roll(even[unit], roll, axis=0).ravel()
        values = np.linalg.eigvalsh(triggered.triggered_covariance(frames, shuffled))
        largest.append(np.abs(values).max())
    return float(np.quantile(largest, 1 - LEAST_P, method="higher"))


def _jacobians(
    model: AudioModel, layer: UnitLayer, answers: NoiseAnswers, plan: NoisePlan
) -> UnitJacobians:
    """Describe the Jacobians of each unit and hold their mean against its average."""
    answering = np.flatnonzero(answers.variance > 0)
    if plan.n_jacobian_units is not None and len(answering) > plan.n_jacobian_units:
        chosen = np.linspace(0, len(answering) - 1, plan.n_jacobian_units).round().astype(int)
        answering = answering[chosen]
    every = unit_jacobians(
        model,
        layer,
        answers.reading.bands,
        units=answering.tolist(),
        n_sounds=plan.n_jacobians,
        rms=plan.rms,
        generator=np.random.default_rng((plan.seed, 4)),
    )
    n_units, n_taps = answers.block_averages.shape[1:]
    curves = {
        "mean": np.zeros((n_units, n_taps)),
        "profile": np.zeros((n_units, n_taps)),
        "power": np.zeros((n_units, n_bins(n_taps) // 2 + 1)),
    }
    numbers = {name: np.full(n_units, np.nan) for name in _NUMBERS}
    for unit, found in zip(answering, every, strict=True):
        for name, curve in _curves(found).items():
            curves[name][unit] = curve
        told = _numbers(found, answers.block_averages[:, unit])
        for name, number in zip(_NUMBERS, told, strict=True):
            numbers[name][unit] = number
    return _described(curves, numbers, answers, plan, sample_rate=model.sample_rate)


_NUMBERS = ("complexity", "gain_change", "reliability", "stein_p", "stein_distance")


def _curves(found: np.ndarray) -> dict[str, np.ndarray]:
    """Curves of Jacobians (input, tap)."""
    return {
        "mean": found.mean(0, dtype=np.float64),
        "profile": np.abs(found).mean(0, dtype=np.float64),
        "power": mean_powers(found),
    }


def _numbers(found: np.ndarray, block_averages: np.ndarray) -> tuple[float, ...]:
    """`_NUMBERS` of Jacobians (input, tap) beside averages (block, tap) of the same unit."""
    blocks = np.stack([part.mean(0) for part in np.array_split(found, N_BLOCKS)])
    n_compared = len(found) // COMPARED_SHARE
    with_gradient = found[found.any(1)][:n_compared]
    is_enough = len(with_gradient) == n_compared
    return (
        complexity(with_gradient) if is_enough else float("nan"),
        gain_change(found),
        mean_reliability(blocks),
        sign_flip_p(block_averages - blocks),
        mean_distance(block_averages, blocks),
    )


def _described(
    curves: Mapping[str, np.ndarray],
    numbers: Mapping[str, np.ndarray],
    answers: NoiseAnswers,
    plan: NoisePlan,
    *,
    sample_rate: float,
) -> UnitJacobians:
    averages, n_inputs = _weighted_mean(answers), plan.n_jacobians
    excess = triggered.excess_energy(
        averages, answers.odd_variance, n_cells=answers.n_cells, rms=plan.rms
    )
    expected = triggered.reliability(excess) * numbers["reliability"]
    is_tested = (answers.active_share >= LEAST_ACTIVE) & np.isfinite(expected)
    power, profile = curves["power"], curves["profile"]
    return UnitJacobians(
        **{name: curve.astype(np.float32) for name, curve in curves.items()},
        frequencies=np.linspace(0, sample_rate / 2, power.shape[1]),
        centre_hz=band_centres(power, sample_rate),
        width_50=shortest_widths(profile, 0.5),
        width_95=shortest_widths(profile, 0.95),
        complexity=numbers["complexity"],
        gain_change=numbers["gain_change"],
        stein_cosine=np.where(is_tested, _zero_for_none(averages, curves["mean"]), np.nan),
        stein_expected=np.where(is_tested, expected, np.nan),
        stein_p=np.where(is_tested, numbers["stein_p"], np.nan),
        stein_distance=np.where(is_tested, numbers["stein_distance"], np.nan),
        n_inputs=n_inputs,
        n_compared=n_inputs // COMPARED_SHARE,
    )


def _zero_for_none(averages: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Cosines between rows (unit, tap), 0 where one has no direction."""
    return np.asarray(np.nan_to_num(cosines(averages, means), nan=0.0))
