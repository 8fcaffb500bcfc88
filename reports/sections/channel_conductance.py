"""Which frequencies a score uses: conductance of the channels of a layer."""

import numpy as np

from cnnviz.results.channel_conductance import ChannelConductance
from cnnviz.run import Run

from ..chapter import chapter
from ..numerals import decimal, known
from ..parts import Column, Fact, Facts, Findings, Part, Section, Table

ORDER = 42
_TEXT = (
    "How much of the score minus that of silence flows through each channel of a layer, along the "
    "path from silence to the clip; positive speaks for the target. Over all channels it adds up "
    "to that difference, as far as the errors say. Intervals are those of the mean over clips, "
    "resampled."
)


def section(run: Run) -> Section | None:
    """Chapter of conductance; None without any."""
    return chapter(
        run.find(ChannelConductance),
        _parts,
        title="Conductance by frequency",
        anchor="channel-conductance",
        text=_TEXT,
    )


def _parts(result: ChannelConductance) -> tuple[Part, ...]:
    """What was found in one layer, and its channels by rising frequency."""
    findings = (Findings(items=result.findings),) if result.findings else ()
    return (*findings, Facts(items=_facts(result)), _table(result))


def _facts(result: ChannelConductance) -> tuple[Fact, ...]:
    """How many clips, for which score, and whether it adds up."""
    checks, n_clips = result.checks, len(result.clip_index)
    assert checks.completeness_errors is not None
    assert checks.converged is not None
    return (
        Fact(label="Layer", value=result.layer, note=f"{len(result.mean)} {result.cell}s"),
        Fact(label="Clips", value=str(n_clips), note=result.score_name),
        Fact(
            label="Largest completeness error",
            value=f"{decimal(100 * float(checks.completeness_errors.max()), 2)} %",
            note=f"{int(checks.converged.sum())} of {n_clips} clips converged",
        ),
    )


def _table(result: ChannelConductance) -> Table:
    """Each channel with its centre and its conductance."""
    name = result.cell.capitalize()
    return Table(
        name=f"conductance-{result.layer}",
        caption=f"Conductance of the {result.cell}s of {result.layer}, mean over the clips",
        columns=(
            Column(name=name, is_row_name=True),
            Column(name="Centre", unit="Hz"),
            Column(name="Mean"),
            Column(name="2.5 %"),
            Column(name="97.5 %"),
        ),
        rows=tuple(
            (int(k), *(known(values[k]) for values in _columns(result)))
            for k in np.argsort(result.centre_hz, kind="stable")
        ),
        n_shown=16,
    )


def _columns(result: ChannelConductance) -> tuple[np.ndarray, ...]:
    return result.centre_hz, result.mean, result.low, result.high
