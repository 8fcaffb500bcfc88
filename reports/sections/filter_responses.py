"""What each filter listens to: banks, small pictures, one filter in detail, and the table."""

from collections.abc import Sequence

import numpy as np

from cnnviz.dsp.response import MASK_DB
from cnnviz.results import Bank, FilterResponses, FilterTable, Modulation, plural
from cnnviz.run import Run
from reports.figures.filter_detail import (
    SWITCHES,
    filter_detail,
    height,
    response_grid,
    views,
)
from reports.figures.kernels import has_planes, strongest_channel
from reports.numerals import decimal
from reports.own_names import side_by_side
from reports.parts import (
    Badge,
    Cell,
    Column,
    Findings,
    Group,
    Interactive,
    Link,
    Multiples,
    Paragraph,
    Part,
    Section,
    Table,
)

from ._complex_pairs import two_sided
from ._filter_cepstra import cepstral_patterns
from ._filter_charts import charts, overview
from ._filter_details import aliasing
from ._filter_details import words as detail_words
from ._filter_drift import drift
from ._filter_summary import summary
from ._filter_tiles import NOT_LEARNED, SMALLEST, caption, fragment, tiles
from ._filter_twins import twins

ORDER = 20
N_TILES = 300
"""Small pictures per bank; more filters are shown in the table and in detail only."""
N_ROWS = 40
_TEXT = (
    "Each filter of a convolution along time is a digital filter: its taps, and how much it passes "
    "at each frequency. Centre frequency is the middle of the band above half power; bandwidth is "
    "the equivalent rectangular one (ERB). A kernel over frequency and time is shown by the "
    "modulation it passes. Choose a filter to see it in detail."
)
_COLUMNS = (
    ("peak_hz", "Peak", "Hz"),
    ("centre_hz", "Centre", "Hz"),
    ("bandwidth_3db_hz", "-3 dB width", "Hz"),
    ("erb_hz", "ERB", "Hz"),
    ("q_3db", "Q", ""),
    ("peak_gain_db", "Peak gain", "dB"),
    ("dc_gain_db", "Gain at 0 Hz", "dB"),
    ("nyquist_gain_db", "Gain at Nyquist", "dB"),
    ("spectral_flatness", "Flatness", ""),
    ("tuning_z", "Tuning", "z"),
    ("symmetry", "Symmetry", ""),
    ("centroid_seconds", "Centroid", "ms"),
    ("rate_hz", "Rate", "Hz"),
    ("rate_cycles_per_frame", "Rate", "cycles/frame"),
    ("scale_cycles_per_octave", "Scale", "cycles/octave"),
    ("scale_cycles_per_channel", "Scale", "cycles/channel"),
    ("direction", "Direction", "up +"),
    ("separability", "Separability", ""),
    ("drift_cosine", "Cosine to initial", ""),
    ("norm_change", "Change of norm", ""),
)


def section(run: Run) -> Section | None:
    """Chapter of all filter banks; None without filter responses."""
    results = run.find(FilterResponses)
    if not results:
        return None
    return Section(
        title="Filters",
        anchor="filters",
        text=_TEXT,
        parts=side_by_side(results, lambda one: tuple(map(_group, one.banks)), anchor="filters-of"),
    )


def _group(bank: Bank) -> Group:
    """All parts of one bank, the overview first."""
    parts: list[Part] = []
    if bank.findings:
        parts.append(Findings(items=bank.findings))
    if bank.policy:
        parts.append(Paragraph(text=f"{bank.policy[:1].upper()}{bank.policy[1:]}."))
    if bank.responses is not None:
        parts += [overview(bank, bank.responses), *aliasing(bank), *two_sided(bank)]
    parts += [*summary(bank), *twins(bank), *drift(bank), _detail(bank), _multiples(bank)]
    parts += cepstral_patterns(bank)
    if bank.responses is not None:
        parts.append(Multiples(parts=charts(bank, bank.responses), width=320))
    parts.append(_table(bank))
    return Group(
        title=bank.layer, anchor=f"filters-{bank.layer}", text=bank.description, parts=tuple(parts)
    )


def _detail(bank: Bank) -> Interactive:
    """One filter at a time, the first of the display order to begin with."""
    filters = [int(k) for k in bank.order]
    return Interactive(
        name=f"filter-{bank.layer}",
        item=filter_detail(bank, f"filter-{bank.layer}"),
        alt=f"One filter of {bank.layer} in detail",
        caption=_detail_caption(bank),
        height=height(bank),
        views={
            fragment(bank, k): {"title": {"text": [_heading(bank, k)]}, **sources}
            for k, sources in views(bank, filters).items()
        },
        switches={} if bank.responses is None else SWITCHES,
        response_grid=None if bank.responses is None else response_grid(bank.responses),
    )


def _heading(bank: Bank, index: int) -> str:
    """Filter in one line above its figures."""
    table = bank.table
    words = [f"{bank.layer}, filter {index}", table.shape[index]]
    if np.isfinite(table.centre_hz[index]):
        words.append(f"centre {decimal(float(table.centre_hz[index]), 4)} Hz")
    if np.isfinite(table.erb_hz[index]):
        words.append(f"ERB {decimal(float(table.erb_hz[index]), 3)} Hz")
    words += detail_words(bank, index)
    if bank.kind == "2d" and bank.taps.shape[1] > 1:
        words.append(f"kernel shown: input channel {strongest_channel(bank, index)}, its strongest")
    if table.duplicate_of[index] >= 0:
        words.append(
            f"repeats filter {table.duplicate_of[index]} (r = {table.duplicate_r[index]:.2f})"
        )
    return " · ".join(word for word in [*words, table.notes[index]] if word)


def _detail_caption(bank: Bank) -> str:
    """What the figures show and which convention they follow."""
    words = ["Choose a filter by its picture or its row."]
    if bank.responses is not None:
        words.append(
            "Phase and group delay are those of the taps as drawn, from the first tap, and left "
            f"out where the filter is {MASK_DB:.0f} dB below its peak."
        )
    if has_planes(bank) and bank.channels is not None:
        words.append(
            "Weights are sorted by the centre frequency of the input channel, red positive."
        )
        words += _pair_words(bank)
    if bank.modulation is not None:
        words.append(_modulation_caption(bank.modulation))
    return " ".join(words)


def _pair_words(bank: Bank) -> list[str]:
    """How channels in quadrature are drawn, where there are any."""
    n_pairs = 0 if bank.channels is None else bank.channels.n_pairs
    if not n_pairs:
        return []
    shares, rows = ("shares", "a row") if n_pairs == 1 else ("share", "one row each")
    return [
        f"{plural(n_pairs, 'pair')} of input channels in quadrature {shares} {rows}: the "
        "root of the summed energy, with the sign of the stronger weight."
    ]


def _modulation_caption(modulation: Modulation) -> str:
    """Units of the modulation, what negative rates mean, and which units are not known."""
    hertz = modulation.reference_hz
    where = f" at {hertz:,.0f} Hz" if hertz else ""
    words = (
        f"Modulation: rate in {modulation.rate_unit}, scale in {modulation.scale_unit}{where}; "
        f"{modulation.negative_rates}."
    )
    if modulation.scale_unit == "cycles/channel":
        words += " Their frequencies are not known or not in octaves."
    if modulation.rate_unit == "cycles/frame":
        words += " The frame rate is not known; add the sample rate for Hz."
    return words


def _multiples(bank: Bank) -> Multiples:
    """Small pictures in the order of display."""
    filters = [int(k) for k in bank.order]
    shown = filters
    text = caption(bank)
    if len(filters) > N_TILES:
        chosen = np.rint(np.linspace(0, len(filters) - 1, N_TILES)).astype(int)
        shown = [filters[k] for k in chosen]
        text += (
            f" Showing {N_TILES} of {len(filters):,} filters, evenly over the order; "
            "the table has all."
        )
    return Multiples(parts=tiles(bank, shown), width=SMALLEST, caption=text)


def _table(bank: Bank) -> Table:
    """Descriptors of all filters, without the columns that hold nothing for this bank."""
    kept = [
        (field, Column(name=title, unit=unit))
        for field, title, unit in _COLUMNS
        if (values := getattr(bank.table, field)) is not None and np.isfinite(values).any()
    ]
    return Table(
        name=f"filters-{bank.layer}",
        caption=f"Filters of {bank.layer} by centre frequency"
        if np.isfinite(bank.table.centre_hz).any()
        else f"Filters of {bank.layer} by rate and scale",
        columns=(
            Column(name="Filter", is_row_name=True),
            Column(name="Shape"),
            *(column for _, column in kept),
            Column(name="Repeats"),
            Column(name="Remarks"),
        ),
        rows=tuple(_row(bank, int(k), [field for field, _ in kept]) for k in bank.order),
        anchors=tuple(f"row-{fragment(bank, int(k))}" for k in bank.order),
        bands=tuple(_pass_band(bank.table, int(k)) for k in bank.order),
        n_shown=N_ROWS,
    )


def _pass_band(table: FilterTable, index: int) -> tuple[float, float] | None:
    """Half-power band around the centre in Hz, the centre alone where it has no width."""
    centre, width = float(table.centre_hz[index]), float(table.bandwidth_3db_hz[index])
    if not np.isfinite(centre):
        return None
    half = width / 2 if np.isfinite(width) else 0.0
    return centre - half, centre + half


def _row(bank: Bank, index: int, columns: Sequence[str]) -> tuple[Cell, ...]:
    """One filter as cells."""
    table = bank.table
    repeated = int(table.duplicate_of[index])
    repeats: Cell = None
    if repeated >= 0:
        repeats = Badge(text=f"{repeated} (r = {table.duplicate_r[index]:.2f})", tone="warn")
    return (
        Link(text=str(index), target=fragment(bank, index)),
        _shape(table, index),
        *(_number(table, column, index) for column in columns),
        repeats,
        table.notes[index],
    )


def _shape(table: FilterTable, index: int) -> Badge:
    """Shape label, marked where the filter is of no use."""
    shape = table.shape[index] or "unknown"
    tone = "warn" if shape in NOT_LEARNED else "plain"
    return Badge(
        text="dead" if table.dead[index] else shape, tone="bad" if table.dead[index] else tone
    )


def _number(table: FilterTable, column: str, index: int) -> float:
    """One descriptor in the unit of its column."""
    value = float(getattr(table, column)[index])
    return 1000 * value if column == "centroid_seconds" else value
