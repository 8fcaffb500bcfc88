"""Findings on what the stride of a layer folds together, beside untrained twins."""

from __future__ import annotations

import numpy as np

from cnnviz.dsp.aliasing import LEAKING
from cnnviz.filterbanks.comparison import SEVERAL_ZONES
from cnnviz.filterbanks.facts import BankFacts, make_finding, number
from cnnviz.results import Finding


def describe_aliasing(bank: BankFacts) -> list[Finding]:
    """Count the filters whose energy lies over several Nyquist zones of their output."""
    found = bank.untrained.range_of(SEVERAL_ZONES)
    n_live = int((~bank.table.dead).sum())
    if found is None or bank.details is None or not n_live:
        return []
    rate = float(bank.details.output_rate_hz[0])
    median = float(np.median(bank.details.zone_leakage[~bank.table.dead]))
    twins = "untrained twins" if bank.untrained.is_own else "untrained ones"
    verb = "has" if found.value == 1 else "have"
    return make_finding(
        bank,
        "aliasing",
        f"At the output's rate of {rate:,.0f} Hz {found.value:.0f} of {n_live:,} filters {verb} "
        f"more than {100 * LEAKING:.0f} % of the energy outside one Nyquist zone of "
        f"{rate / 2:,.0f} Hz: the stride folds several bands into one; {twins}: "
        f"{found.low:,.0f}-{found.high:,.0f} of {n_live:,}.",
        number("filters over several zones", found.value),
        number("filters", n_live),
        number("output rate", rate, "Hz"),
        number("median share outside the strongest zone", median),
        number(f"{twins} from", found.low),
        number(f"{twins} to", found.high),
        threshold=LEAKING,
    )
