"""What the filters of a bank are together: facts beside untrained twins, and the scales."""

import numpy as np

from cnnviz.results import Bank, BankSummary, CentreScales, Frame, TwinRange
from cnnviz.results.bank_summary import CONDITION, DENSITY, EFFECTIVE, OVERLAP, SLOPE
from reports.numerals import decimal
from reports.parts import Badge, Column, Fact, Facts, Part, Table

_NAMES = (
    (EFFECTIVE, "Different responses", 3),
    (OVERLAP, "Likeness of neighbours", 2),
    (DENSITY, "Filters per ERB", 2),
    (SLOPE, "Power of the bandwidth", 2),
    (CONDITION, "Condition (dB)", 3),
)

_MOST_NAMED = 3


def summary(bank: Bank) -> tuple[Part, ...]:
    """Facts, and a table of scales; nothing for files of earlier versions."""
    if bank.summary is None:
        return ()
    scales = bank.summary.scales
    facts = Facts(items=tuple(_facts(bank.summary)))
    return (facts,) if scales is None else (facts, _scales(bank.layer, scales))


def _facts(found: BankSummary) -> list[Fact]:
    values = (
        found.effective_number,
        found.overlap,
        found.per_erb,
        np.nan if found.bandwidths is None else found.bandwidths.slope,
        np.nan if found.frame is None else 10 * np.log10(found.frame.condition),
    )
    facts = []
    for (name, label, digits), value in zip(_NAMES, values, strict=True):
        if not np.isnan(value):
            text = decimal(float(value), digits) if np.isfinite(value) else "infinite"
            notes = [_own_note(name, found), _twin_note(found.range_of(name), digits)]
            facts.append(
                Fact(label=label, value=text, note="; ".join(note for note in notes if note))
            )
    return facts


def _own_note(name: str, found: BankSummary) -> str:
    """What a number is of, or how sure it is."""
    if name == EFFECTIVE:
        return f"of {found.n_filters:,} live filters"
    if name == SLOPE and found.bandwidths is not None:
        return f"95 %: {found.bandwidths.low:.2f} to {found.bandwidths.high:.2f}"
    if name == CONDITION and found.frame is not None:
        return _frame_note(found.frame)
    return ""


def _frame_note(frame: Frame) -> str:
    words = f"frame bounds {frame.lower:.3g} and {frame.upper:.3g}"
    if len(frame.null_hz):
        words += f", silent at {_bands(frame.null_hz)}"
    if frame.lost_share:
        words += f", {frame.lost_share:.0%} of dimensions lost"
    return words


def _bands(bands: np.ndarray) -> str:
    """The lowest ones of bands and single tones (band, 2)."""
    named = [
        f"{low:,.0f} Hz" if low == high else f"{low:,.0f}-{high:,.0f} Hz" for low, high in bands
    ]
    return ", ".join([*named[:_MOST_NAMED], *(["..."] if len(named) > _MOST_NAMED else [])])


def _twin_note(beside: TwinRange | None, digits: int) -> str:
    if beside is None:
        return ""
    return f"untrained: {decimal(beside.low, digits)} to {decimal(beside.high, digits)}"


def _scales(layer: str, scales: CentreScales) -> Table:
    """Tests of all scales; which of those not rejected it is cannot be told."""
    unlike = ", ".join(" and ".join(pair) for pair in scales.confusable)
    return Table(
        name=f"scales-{layer}",
        caption=f"Whether the centres of {layer} lie evenly on a scale: Kolmogorov-Smirnov test "
        f"of the {scales.n_centres:,} from rank 5 % to 95 % ({scales.low_hz:,.0f} to "
        f"{scales.high_hz:,.0f} Hz), at {scales.level:.0%}. So many centres in this range cannot "
        f"tell apart: {unlike or 'no two of these scales'}.",
        columns=(
            Column(name="Scale", is_row_name=True),
            Column(name="Distance", digits=3),
            Column(name="p", digits=2),
            Column(name="Verdict"),
            Column(name="Untrained twins not rejected", unit="%", digits=3),
        ),
        rows=tuple(
            (name, distance, p, _verdict(name, scales), 100 * share)
            for name, distance, p, share in zip(
                scales.names,
                map(float, scales.distances),
                map(float, scales.p),
                map(float, scales.untrained_shares),
                strict=True,
            )
        ),
        sortable=False,
    )


def _verdict(name: str, scales: CentreScales) -> Badge:
    is_kept = name in scales.compatible
    return Badge(text="compatible" if is_kept else "rejected", tone="good" if is_kept else "plain")
