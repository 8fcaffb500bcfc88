"""Complex filters of a bank: a strip over frequencies of either sign."""

import numpy as np

from cnnviz.results import Bank
from reports.numerals import decimal, si
from reports.parts import Axis, DataFile, Raster

_RANGE_DB, _N_COLUMNS = 40.0, 512


def two_sided(bank: Bank) -> tuple[Raster, ...]:
    """Levels of each pair re its peak; nothing without pairs."""
    pairs = bank.pairs
    if pairs is None:
        return ()
    rank = np.argsort(bank.order)  # of each filter
    order = np.argsort(rank[pairs.first], kind="stable")
    levels = pairs.magnitudes_db[order]
    relative = levels - levels.max(axis=1, keepdims=True)
    n_joined = max(1, relative.shape[1] // _N_COLUMNS)
    starts = np.arange(0, relative.shape[1], n_joined)
    half = -float(pairs.frequencies[0])
    strip = Raster(
        values=np.maximum(np.maximum.reduceat(relative, starts, axis=1), -_RANGE_DB),
        alt=f"Levels of {len(levels)} complex filters of {bank.layer} over frequencies of either "
        "sign, one row each",
        caption=f"Filters as complex ones ({pairs.source}), one row per pair, lowest centre "
        f"frequency at the bottom, in dB re its peak; median analyticity, the share of energy "
        f"above 0 Hz, {_median(pairs.analyticity)} (1: analytic, 0.5: a real filter). Signs are "
        "those of the taps as drawn.",
        x=Axis(
            label="Frequency",
            unit="Hz",
            start=-half,
            stop=half,
            ticks=tuple((k / 4, si((k / 2 - 1) * half)) for k in range(5)),
        ),
        y=Axis(label="Pair", unit="by centre", start=0, stop=len(levels)),
        unit="dB",
        lowest=-_RANGE_DB,
        highest=0.0,
        palette="viridis",
        height=int(np.clip(5 * len(levels), 120, 420)),
        data=_file(bank, order),
    )
    return (strip,)


def _median(values: np.ndarray) -> str:
    known = values[np.isfinite(values)]
    return decimal(float(np.median(known)), 3) if len(known) else "not known"


def _file(bank: Bank, order: np.ndarray) -> DataFile:
    """Parts and analyticity of each pair as CSV."""
    pairs = bank.pairs
    assert pairs is not None
    rows = (f"{pairs.first[k]},{pairs.second[k]},{pairs.analyticity[k]:.6g}" for k in order)
    text = "\n".join(["real,imaginary,analyticity", *rows, ""])
    return DataFile(name=f"pairs-{bank.layer}.csv", text=text)
