"""What the stride and the bias of a layer make of its filters: a strip, and words for one."""

import numpy as np

from cnnviz.dsp.aliasing import zone_shares
from cnnviz.results import Bank
from reports.numerals import decimal, si
from reports.parts import Axis, DataFile, Raster

from ._filter_charts import rank_ticks

_N_TICKS = 6
_MOST_COLUMNS = 512
_LEAKAGE = "{} % of its energy outside one Nyquist zone"
_GAIN = "one of -20 dBFS raises its mean output by {} of the tone's amplitude"


def aliasing(bank: Bank) -> tuple[Raster, ...]:
    """Share of each filter's energy in each Nyquist zone; nothing where no stride folds any."""
    if bank.responses is None or bank.stride is None or bank.stride == 1:
        return ()
    shares = _joined(zone_shares(bank.responses.kernels.taps, bank.stride))  # (filter, column)
    n_columns = shares.shape[1]
    top = float(bank.responses.frequencies[-1])
    width = top / n_columns
    strip = Raster(
        values=shares[bank.order],
        alt=f"Share of the energy of the {len(shares)} filters of {bank.layer} in each of "
        f"{n_columns} bands, one row per filter",
        caption=f"What the stride folds together: share of each filter's energy per band of "
        f"{decimal(width)} Hz ({_zones(bank.stride // n_columns)}), one row per filter, lowest "
        "centre frequency at the bottom. All Nyquist zones of a row fall on the same frequencies "
        "of the output.",
        x=Axis(label="Frequency", unit="Hz", start=0, stop=top, ticks=_edges(n_columns, width)),
        y=Axis(label="Centre", unit="Hz", start=0, stop=len(shares), ticks=rank_ticks(bank)),
        unit="",
        lowest=0.0,
        highest=1.0,
        palette="viridis",
        height=int(np.clip(5 * len(shares), 120, 420)),
        data=_file(bank, shares, width),
    )
    return (strip,)


def words(bank: Bank, index: int) -> list[str]:
    """Q10, roll-off, duration, aliasing and operating point of one filter, as far as known."""
    details = bank.details
    if details is None:
        return []
    is_folded = bank.stride != 1
    texts = (
        ("Q10 {}", details.q_10db, 1.0),
        ("95 % of its power below {} Hz", details.rolloff_95_hz, 1.0),
        ("duration {} ms", details.duration_seconds, 1000.0),
        (_LEAKAGE, details.zone_leakage, 100.0),
        ("a tone at its centre opens the ReLU from {} dBFS on", details.threshold_dbfs, 1.0),
        (_GAIN, details.gain_at_minus_20_dbfs, 1.0),
    )
    return [
        text.format(decimal(scale * float(column[index]), 3))
        for text, column, scale in texts
        if column is not None and np.isfinite(column[index]) and (is_folded or text != _LEAKAGE)
    ]


def _joined(shares: np.ndarray) -> np.ndarray:
    """Neighbouring zones together where there are more than can be drawn."""
    n_zones = shares.shape[1]
    sizes = range(-(-n_zones // _MOST_COLUMNS), n_zones + 1)
    size = next(size for size in sizes if n_zones % size == 0)
    return np.asarray(shares.reshape(len(shares), -1, size).sum(axis=2))


def _zones(n_joined: int) -> str:
    return "half the output's rate" if n_joined == 1 else f"{n_joined} Nyquist zones each"


def _edges(n_zones: int, width: float) -> tuple[tuple[float, str], ...]:
    """Ends of a few zones as fractions of the axis."""
    step = -(-n_zones // _N_TICKS)
    places = range(0, n_zones + 1, step)
    return tuple((k / n_zones, si(float(f"{k * width:.3g}"))) for k in places)


def _file(bank: Bank, shares: np.ndarray, width: float) -> DataFile:
    """Shares as CSV, one column per zone named by its lower end."""
    heads = ["filter", *(f"from_{k * width:.6g}_hz" for k in range(shares.shape[1]))]
    rows = (",".join([str(k), *(f"{v:.4g}" for v in shares[k])]) for k in bank.order)
    return DataFile(name=f"aliasing-{bank.layer}.csv", text="\n".join([",".join(heads), *rows, ""]))
