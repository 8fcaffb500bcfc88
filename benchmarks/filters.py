"""Filter analysis of 10,000 kernels against a loop over scipy.signal, in one run.

Prints a Markdown table; with a path, writes it there:

    python benchmarks/filters.py [docs/benchmarks/filters.md]

With ``--page`` it measures instead what a page takes: ``cnnviz filters`` in a process of its own,
on weights of the sizes of CREPE (Kim et al., ICASSP 2018), 1,024 filters of 512 taps and 128 of
64 taps over their channels; that table goes to a path of its own:

    python benchmarks/filters.py --page [docs/benchmarks/filters-page.md]

The loop computes for each kernel, on the same grid, what the vectorised analysis does: freqz,
group_delay, peak, band edges, bandwidths, flatness, symmetry, gains, moments, quantiles, side
lobes, the envelope by scipy.signal.hilbert, the phase class by numpy.roots (up to 256 taps); and
for the repetitions scipy.signal.correlate of each pair of kernels. The loop is timed on 1,000
kernels and 5,000 pairs and scaled; the vectorised analysis runs on all. Both answers are compared
before any time is printed.
"""

import os
import platform
import resource
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import torch
from scipy import signal, stats

from cnnviz.dsp.bank import BankAnalysis, analyse
from cnnviz.dsp.duplicates import find_duplicates
from cnnviz.dsp.response import n_points

SAMPLE_RATE = 16_000.0
N_KERNELS, N_DRAWS, N_REPEATS = 10_000, 2000, 3
N_LOOP, N_PAIRS = 1000, 5000
LENGTHS = (64, 256, 512)
PAGE_LAYERS = ((1024, 1, 512), (128, 1024, 64))


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the table, times in seconds."""

    task: str
    n_taps: int
    loop: float
    ours: float

    def text(self) -> str:
        """The line in Markdown."""
        return (
            f"| {self.task} | {self.n_taps} | {self.loop:,.1f} s | {self.ours:.2f} s "
            f"| {self.loop / self.ours:,.0f} x |"
        )


def peak_and_band(levels: np.ndarray, axis: np.ndarray) -> tuple[float, float, float, float]:
    """Peak, its level, and the edges of the half-power band of one kernel."""
    i = int(levels.argmax())
    peak, top = axis[i], levels[i]
    if 0 < i < len(levels) - 1:
        left, centre, right = levels[i - 1 : i + 2]
        shift = 0.5 * (left - right) / (left - 2 * centre + right)
        peak, top = axis[i] + shift * axis[1], centre - 0.25 * (left - right) * shift
    threshold = top - 10 * np.log10(2)
    before, after = np.flatnonzero(levels[:i] < threshold), np.flatnonzero(levels[i:] < threshold)
    low, high = 0.0, axis[-1]
    if len(before):
        j = before[-1]
        low = float(np.interp(threshold, levels[j : j + 2], axis[j : j + 2]))
    if len(after):
        j = i + after[0]
        high = float(np.interp(threshold, levels[[j, j - 1]], axis[[j, j - 1]]))
    return peak, top, low, high


def crossings(levels: np.ndarray, place: int, fall: float) -> tuple[int, int]:
    """Last and first bin that are lower by `fall`, on both sides of a place; -1, n: none."""
    before = np.flatnonzero(levels[:place] < levels[place] - fall)
    after = np.flatnonzero(levels[place:] < levels[place] - fall)
    n = len(levels)
    return int(before[-1]) if len(before) else -1, int(place + after[0]) if len(after) else n


def side_lobe(levels: np.ndarray) -> float:
    """Highest level outside the lobe of the peak."""
    steps = np.diff(levels)
    low, high = crossings(levels, int(levels.argmax()), 10.0)
    left = np.flatnonzero(steps[: max(low, 0)] <= 0)
    right = np.flatnonzero(steps[high:] > 0)
    outside = [levels[: left[-1] + 2].max()] if len(left) else []
    outside += [levels[high + right[0] :].max()] if len(right) else []
    return max(outside, default=np.nan) - float(levels.max())


def phase_class(taps: np.ndarray) -> str:
    """By the zeros, of up to 256 taps."""
    if len(taps) > 256:
        return ""
    sizes = np.abs(np.roots(taps))
    return "minimum" if (sizes < 1).all() else "maximum" if (sizes > 1).all() else "mixed"


def details(taps: np.ndarray, powers: np.ndarray, axis: np.ndarray) -> tuple[float | str, ...]:
    """Moments, quantiles, lobes, envelope and phase of one kernel."""
    levels = 10 * np.log10(np.maximum(powers, powers.max() * 1e-30))
    density = np.concatenate([powers[:1] / 2, powers[1:-1], powers[-1:] / 2])
    density /= density.sum()
    centroid = float(np.sum(axis * density))
    spread = float(np.sqrt(np.sum((axis - centroid) ** 2 * density)))
    quantiles = np.interp([0.025, 0.05, 0.5, 0.95, 0.975], np.cumsum(density), axis + axis[1] / 2)
    entropy = float(stats.entropy(powers, base=2) - np.log2(len(powers)))
    low, high = crossings(levels, int(levels.argmax()), 10.0)
    above = levels >= levels.max() - 10
    n_lobes = int((~above[:-1] & above[1:]).sum()) + int(above[0])
    n = np.arange(len(taps))
    energy = taps**2 / np.sum(taps**2)
    duration = float(np.sqrt(np.sum((n - np.sum(n * energy)) ** 2 * energy))) / SAMPLE_RATE
    envelope = np.abs(signal.hilbert(taps, 2 * len(taps))[: len(taps)])
    weights = envelope**2 / np.sum(envelope**2)
    moments = [np.sum((n - np.sum(n * weights)) ** k * weights) for k in (2, 3)]
    skewness = float(moments[1] / moments[0] ** 1.5)
    start, stop = crossings(20 * np.log10(envelope), int(envelope.argmax()), 20 * np.log10(np.e))
    gains = 10 * np.log10(np.sum(taps**2)), 20 * np.log10(np.sum(np.abs(taps)))
    shape = (side_lobe(levels), phase_class(taps), n_lobes, low, high, skewness, start, stop)
    return centroid, spread, float(quantiles[2]), entropy, duration, *gains, *quantiles, *shape


def one_kernel(taps: np.ndarray, n_bins: int) -> tuple[float | str, ...]:
    """Curves and descriptors of one kernel with scipy.signal."""
    axis, response = signal.freqz(taps, worN=n_bins, include_nyquist=True, fs=SAMPLE_RATE)
    _, delays = signal.group_delay((taps, [1.0]), w=axis, fs=SAMPLE_RATE)
    powers = np.abs(response) ** 2
    levels = 10 * np.log10(np.maximum(powers, powers.max() * 1e-30))
    heard = levels > levels.max() - 40
    np.where(heard, np.unwrap(np.angle(response)), np.nan)
    np.where(heard, delays / SAMPLE_RATE, np.nan)
    peak, top, low, high = peak_and_band(levels, axis)
    above = levels >= top - 10 * np.log10(2)
    n_regions = int((~above[:-1] & above[1:]).sum()) + int(above[0])
    energy = float(np.sum(taps**2))
    flatness = float(stats.gmean(powers)) / float(powers.mean())
    folded = signal.fftconvolve(taps, taps)
    symmetry = float(folded[np.abs(folded).argmax()]) / energy
    centroid = float(np.sum(np.arange(len(taps)) * taps**2)) / energy / SAMPLE_RATE
    dc = 20 * np.log10(abs(taps.sum()))
    nyquist = 20 * np.log10(abs((taps * (-1.0) ** np.arange(len(taps))).sum()))
    erb = SAMPLE_RATE / 2 * energy / 10 ** (top / 10)
    q = (low + high) / 2 / (high - low)
    own = peak, low, high, erb, flatness, symmetry, centroid, dc, nyquist, q, n_regions
    return *own, *details(taps, powers, axis)


def one_pair(first: np.ndarray, second: np.ndarray) -> float:
    """Largest normalised correlation of two kernels over all lags."""
    lags = signal.correlate(first, second, mode="full")
    return float(np.abs(lags).max() / np.sqrt(np.sum(first**2) * np.sum(second**2)))


def check_alike(loop: list[tuple[float | str, ...]], ours: BankAnalysis) -> None:
    """Refuse to time answers that differ; sums over a grid miss closed forms by its step."""
    columns = [np.array(column) for column in zip(*loop, strict=True)]
    np.testing.assert_allclose(ours.peak_hz[:N_LOOP], columns[0], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(ours.bandwidth_3db_hz[:N_LOOP], columns[2] - columns[1], rtol=1e-6)
    np.testing.assert_allclose(ours.erb_hz[:N_LOOP], columns[3], rtol=1e-9)
    np.testing.assert_allclose(ours.spectral_flatness[:N_LOOP], columns[4], rtol=1e-6)
    np.testing.assert_allclose(ours.centroid_seconds[:N_LOOP], columns[6], rtol=1e-9)
    found, at = ours.details, 11
    np.testing.assert_allclose(found.spectral_centroid_hz[:N_LOOP], columns[at], rtol=1e-4)
    np.testing.assert_allclose(found.spectral_spread_hz[:N_LOOP], columns[at + 1], rtol=1e-4)
    np.testing.assert_allclose(found.median_hz[:N_LOOP], columns[at + 2], atol=1e-3)
    np.testing.assert_allclose(found.spectral_entropy_bits[:N_LOOP], columns[at + 3], atol=1e-9)
    np.testing.assert_allclose(found.duration_seconds[:N_LOOP], columns[at + 4], rtol=1e-9)
    np.testing.assert_allclose(found.side_lobe_db[:N_LOOP], columns[at + 12], atol=0.02)
    if (columns[at + 13] != "").all():
        assert found.phase_class[:N_LOOP] == tuple(columns[at + 13])


def measure(n_taps: int) -> tuple[Row, Row]:
    """Time both ways of reading 10,000 kernels of one length."""
    generator = np.random.default_rng(n_taps)
    taps = generator.normal(size=(N_KERNELS, n_taps))
    untrained = generator.uniform(-1, 1, (N_DRAWS, n_taps))
    n_bins = n_points(n_taps) // 2 + 1
    ours, responses, whole = None, np.inf, np.inf
    for _ in range(N_REPEATS):
        start = perf_counter()
        ours = analyse(taps, SAMPLE_RATE, untrained=untrained)
        middle = perf_counter()
        find_duplicates(taps, dead=ours.dead)
        responses, whole = min(responses, middle - start), min(whole, perf_counter() - start)
    assert ours is not None
    start = perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # group_delay warns near zeros
        loop = [one_kernel(kernel, n_bins) for kernel in taps[:N_LOOP]]
    loop_responses = (perf_counter() - start) * N_KERNELS / N_LOOP
    check_alike(loop, ours)
    pairs = generator.integers(0, N_KERNELS, (N_PAIRS, 2))
    start = perf_counter()
    for first, second in pairs:
        one_pair(taps[first], taps[second])
    per_pair = (perf_counter() - start) / N_PAIRS
    loop_whole = loop_responses + per_pair * N_KERNELS * (N_KERNELS - 1) / 2
    return (
        Row(task="whole analysis", n_taps=n_taps, loop=loop_whole, ours=whole),
        Row(task="without repetitions", n_taps=n_taps, loop=loop_responses, ours=responses),
    )


def measure_page() -> list[str]:
    """Peak memory of ``cnnviz filters`` and bytes of its page, as Markdown."""
    generator = torch.Generator().manual_seed(0)
    state = {
        f"conv{k}.weight": 0.1 * torch.randn(shape, generator=generator)
        for k, shape in enumerate(PAGE_LAYERS, start=1)
    }
    with TemporaryDirectory() as folder:
        weights = Path(folder, "wide.pt")
        torch.save(state, weights)
        command = ["filters", str(weights), "--sample-rate", "16000", "--out", folder]
        subprocess.run(
            [sys.executable, "-m", "cnnviz", *command], check=True, stdout=subprocess.DEVNULL
        )
        n_bytes = Path(folder, "filters.html").stat().st_size
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024  # Linux counts in KiB
    sizes = ", ".join("x".join(map(str, shape)) for shape in PAGE_LAYERS)
    return [
        f"`cnnviz filters` on weights of {sizes}.",
        "",
        "| peak memory | page |",
        "|---|---|",
        f"| {peak / 1e6:.0f} MB | {n_bytes / 1e6:.2f} MB |",
    ]


def measure_times() -> list[str]:
    """Times of both ways, as Markdown."""
    lines = [
        f"Filter analysis of {N_KERNELS:,} kernels; loop: scipy.signal, kernel by kernel.",
        "",
        "| task | taps | loop | cnnviz | faster |",
        "|---|---|---|---|---|",
    ]
    for n_taps in LENGTHS:
        lines += [row.text() for row in measure(n_taps)]
    lines += [
        "",
        f"Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} processor "
        f"cores; best of {N_REPEATS} for cnnviz. The loop is scaled from {N_LOOP:,} kernels and "
        f"{N_PAIRS:,} of {N_KERNELS * (N_KERNELS - 1) // 2:,} pairs.",
    ]
    return lines


def main() -> None:
    """Measure, print, and write where asked."""
    paths = [argument for argument in sys.argv[1:] if argument != "--page"]
    text = "\n".join(measure_page() if "--page" in sys.argv else measure_times()) + "\n"
    print(text)
    if paths:
        path = Path(paths[0])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
