"""What units of layers answer to in white noise, from outside and by their gradients."""

import numpy as np

from cnnviz.results import plural
from cnnviz.results.reverse_correlation import ReverseCorrelation, ReverseLayer
from cnnviz.run import Run

from ..chapter import chapter
from ..numerals import decimal, known
from ..parts import Column, Fact, Facts, Findings, Group, Multiples, Part, Section, Table
from ._reverse_charts import complexities, field, spectra

ORDER = 25
_N_ROWS, _N_SHOWN = 100, 16
_TEXT = (
    "Units hear white Gaussian noise, each sound followed by its negative; layers are read as "
    "later ones see them. The spike-triggered average is what of the noise a unit's answers "
    "correlate with; the covariance, of receptive fields that are short enough, finds directions "
    "whose squared projection they follow, so that a unit with two of them and no average answers "
    "to energy whatever its phase. The Jacobian is the gradient of one cell by the waveform: its "
    "mean over noise is the average (Stein's lemma), its mean power stays where phases differ, "
    "its mean size is the effective receptive field, and its complexity (sum of singular values "
    "over the largest) says how many directions it takes. A frontend that levels whole clips is "
    "held at the gain it gives to this noise. Where a layer has a frequency axis, each unit is "
    "read at the cell that varies most."
)


def section(run: Run) -> Section | None:
    """Chapter of reverse correlation; None without any."""
    return chapter(
        run.find(ReverseCorrelation),
        _parts,
        title="Answers to noise",
        anchor="reverse-correlation",
        text=_TEXT,
    )


def _parts(result: ReverseCorrelation) -> tuple[Part, ...]:
    """What was found, and each layer."""
    findings = (Findings(items=result.findings),) if result.findings else ()
    return (*findings, *(_layer(one, result) for one in result.layers))


def _layer(one: ReverseLayer, result: ReverseCorrelation) -> Group:
    """Facts, spectra, charts and units of a layer."""
    rate = result.sample_rate
    parts: list[Part] = [Facts(items=_facts(one, result))]
    if one.jacobians is not None:
        parts.append(spectra(one, one.jacobians, rate))
        charts = (field(one, one.jacobians, rate), complexities(one, one.jacobians, rate))
        parts.append(Multiples(parts=charts, width=360))
    parts.append(_table(one, rate))
    return Group(title=one.layer, anchor=f"reverse-{one.layer}", parts=tuple(parts))


def _facts(one: ReverseLayer, result: ReverseCorrelation) -> tuple[Fact, ...]:
    """What was read, and how much of it."""
    rms = f"noise at {decimal(result.level_db)} dBFS rms"
    facts = [
        Fact(label="Units", value=str(one.n_units), note=one.reading),
        Fact(
            label="Receptive field" if one.is_field else "Sounds, read at one cell",
            value=f"{decimal(1000 * one.n_taps / result.sample_rate, 3)} ms",
            note=plural(one.n_taps, "audio sample"),
        ),
        Fact(label="Cells averaged", value=f"{one.averages.n_cells:,}", note=rms),
    ]
    if one.covariances is not None:
        cells = f"{one.covariances.n_cells:,}"
        facts.append(Fact(label="Cells of covariances", value=cells))
    if one.jacobians is not None:
        facts.append(Fact(label="Jacobians of a unit", value=str(one.jacobians.n_inputs)))
    return tuple(facts)


def _table(one: ReverseLayer, sample_rate: float) -> Table:
    """The first units with their numbers; all of them are in the data of the chart."""
    n_rows = min(one.n_units, _N_ROWS)
    more = f" (the first {n_rows}; the chart's data have all)" if n_rows < one.n_units else ""
    values = _columns(one, sample_rate)
    return Table(
        name=f"reverse-{one.layer}",
        caption=f"Units of {one.layer}{more}",
        columns=(
            Column(name="Unit", is_row_name=True),
            *(Column(name=name, unit=unit, digits=3) for name, unit in values),
        ),
        rows=tuple(
            (unit, *(known(column[unit]) for column in values.values())) for unit in range(n_rows)
        ),
        n_shown=_N_SHOWN,
    )


def _columns(one: ReverseLayer, rate: float) -> dict[tuple[str, str], np.ndarray]:
    """Columns of the table by name and unit, (unit,) each."""
    averages = one.averages
    columns = {
        ("Above threshold", "% of noise"): 100 * one.active_share,
        ("p of the average", ""): averages.p,
        ("Predicted variance", "%"): 100 * averages.linear_share,
        ("Centre of the average", "Hz"): averages.centre_hz,
    }
    if one.covariances is not None:
        ranked = one.covariances.correlations
        columns[("First eigenvalue", "")] = ranked[:, 0]
        columns[("By chance up to", "")] = one.covariances.limits
        columns[("Eigenvalues beyond", "")] = one.covariances.n_beyond
    if one.jacobians is not None:
        columns[("Centre of Jacobians", "Hz")] = one.jacobians.centre_hz
        columns[("95 % of the gradient", "ms")] = 1000 * one.jacobians.width_95 / rate
        columns[("Complexity", "")] = one.jacobians.complexity
        columns[("Gain change", "")] = one.jacobians.gain_change
        columns[("Cosine of mean Jacobian and average", "")] = one.jacobians.stein_cosine
        columns[("Sampling leaves", "")] = one.jacobians.stein_expected
    return columns
