"""Views of what training moved in a bank whose initial weights are known."""

from matplotlib.axes import Axes

from cnnviz.plots._marks import add_legend, colour
from cnnviz.results import Bank


def has_drift(bank: Bank) -> bool:
    """Whether responses before training are known."""
    return bank.drift is not None


def draw_drift(ax: Axes, bank: Bank, _: int | None) -> None:
    """Draw centres before training against after it."""
    assert bank.drift is not None
    live = ~bank.table.dead
    before = bank.drift.initial_centre_hz[live]
    after = before + bank.drift.centre_change_hz[live]
    known = (before > 0) & (after > 0)
    ax.loglog(before[known], after[known], "o", ms=3, color=colour(0))
    if known.any():
        ends = [
            min(before[known].min(), after[known].min()),
            max(before[known].max(), after[known].max()),
        ]
        still = ax.loglog(ends, ends, "--", lw=1, color="0.3")
        add_legend(ax, still, ["not moved"])
    ax.set_xlabel("centre before training (Hz)")
    ax.set_ylabel("centre after training (Hz)")
    ax.set_title(bank.layer)


def draw_spectral_drift(ax: Axes, bank: Bank, _: int | None) -> None:
    """Draw the distance of spectra against the cosine of taps."""
    assert bank.drift is not None
    live, cosines = ~bank.table.dead, bank.table.drift_cosine
    assert cosines is not None
    ax.plot(cosines[live], bank.drift.spectral_distance[live], "o", ms=3, color=colour(0))
    ax.set_ylim(-0.02, 1.02)
    ax.set_xlabel("cosine to the initial taps")
    ax.set_ylabel("Jensen-Shannon distance of spectra")
    ax.set_title(bank.layer)
