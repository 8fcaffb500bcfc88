"""What training moved: centres before against after, and spectra against taps."""

import numpy as np

from cnnviz.dsp.scales import erb_number
from cnnviz.results import Bank, FilterDrift
from reports import svg
from reports.parts import DataFile, Multiples, Part, Vector

_WIDTH, _HEIGHT, _MARGINS = 360.0, 250.0, (48, 10, 10, 34)


def drift(bank: Bank) -> tuple[Part, ...]:
    """Two charts and all numbers; nothing where initial weights are not known."""
    if bank.drift is None or not np.isfinite(_known(bank, bank.drift)).any():
        return ()
    parts = (_centres(bank, bank.drift), _distances(bank, bank.drift))
    return (
        Multiples(
            parts=tuple(part for part in parts if part is not None),
            width=320,
            caption="What training moved, one dot per live filter: responses at the waveform with "
            "the weights that training began with, and as they are.",
            data=_file(bank, bank.drift),
        ),
    )


def _known(bank: Bank, moved: FilterDrift) -> np.ndarray:
    """Distances of live filters, (filter,); NaN for the others."""
    return np.where(bank.table.dead, np.nan, moved.spectral_distance)


def _centres(bank: Bank, moved: FilterDrift) -> Vector | None:
    """Centre before training against after it, on the ERB-rate scale."""
    before = moved.initial_centre_hz
    after = before + moved.centre_change_hz
    known = np.isfinite(after) & ~bank.table.dead
    if not known.any():
        return None
    old, new = erb_number(before[known]), erb_number(after[known])
    span = (min(old.min(), new.min()) - 0.5, max(old.max(), new.max()) + 0.5)
    frame = svg.Frame(width=_WIDTH, height=_HEIGHT, x=span, y=span, margins=_MARGINS)
    ends = np.array(span)
    return Vector(
        svg=svg.picture(
            _WIDTH,
            _HEIGHT,
            svg.axes(frame, x_label="Centre before (ERB rate)", y_label="After (ERB rate)"),
            svg.path(frame, ends, ends, css="mark"),
            *(svg.path(frame, ends, ends + step, css="grid") for step in (-1.0, 1.0)),
            svg.dots(frame.across(old), frame.up(new), radius=2.6),
        ),
        alt=f"Centre frequency before and after training of {known.sum()} filters of {bank.layer}",
        caption="Centre frequency on the ERB-rate scale before and after. Dashed: not moved; lines "
        "beside it: moved by 1 ERB.",
    )


def _distances(bank: Bank, moved: FilterDrift) -> Vector | None:
    """Jensen-Shannon distance of the spectra against the cosine of the taps."""
    cosines = bank.table.drift_cosine
    if cosines is None:
        return None
    distances = _known(bank, moved)
    known = np.isfinite(distances) & np.isfinite(cosines)
    lowest = min(0.0, float(cosines[known].min(initial=0.0)))
    frame = svg.Frame(width=_WIDTH, height=_HEIGHT, x=(lowest, 1.0), y=(0, 1), margins=_MARGINS)
    return Vector(
        svg=svg.picture(
            _WIDTH,
            _HEIGHT,
            svg.axes(
                frame, x_label="Cosine to the initial taps", y_label="Jensen-Shannon distance"
            ),
            svg.dots(frame.across(cosines[known]), frame.up(distances[known]), radius=2.6),
        ),
        alt=f"Jensen-Shannon distance of spectra over cosine of taps of {bank.layer}",
        caption="Jensen-Shannon distance (base 2) of the power spectra against the cosine of the "
        "layer's own taps; what has not moved lies at the lower right.",
    )


def _file(bank: Bank, moved: FilterDrift) -> DataFile:
    """All numbers by filter."""
    columns = {
        "filter": np.arange(len(bank.order)),
        **({} if bank.table.drift_cosine is None else {"drift_cosine": bank.table.drift_cosine}),
        **moved.columns(),
    }
    rows = [
        ",".join(f"{value:.6g}" if np.isfinite(value) else "" for value in row)
        for row in np.column_stack([np.asarray(each, dtype=float) for each in columns.values()])
    ]
    return DataFile(name=f"drift-{bank.layer}.csv", text="\n".join([",".join(columns), *rows, ""]))
