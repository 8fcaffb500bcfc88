"""The chapter on filters says what they were held against, and from when on they repeat."""

from dataclasses import replace

import numpy as np
from synthetic import bank, responses, second_bank

from cnnviz.results import TwinRange, Untrained
from cnnviz.run import Run
from reports import parts
from reports.sections._filter_twins import twins
from reports.sections.filter_responses import section

BESIDE = Untrained(
    null="5 networks built again",
    is_own=True,
    n_banks=5,
    ranges=(TwinRange(name="peakier filters", value=30.0, low=0.0, high=5.0),),
    least_repeat=0.9612,
    modulation=np.full((16, 32), 0.25, np.float32),
)


def test_a_file_of_an_earlier_version_names_no_twins() -> None:
    assert twins(bank()) == ()


def test_numbers_stand_beside_those_of_the_twins() -> None:
    (table,) = twins(replace(bank(), untrained=BESIDE))

    assert table.rows == (("peakier filters", 30.0, 0.0, 5.0),)
    assert "5 networks built again (5 times the whole layer at most)" in table.caption
    assert "from |r| = 0.961 on" in table.caption


def test_modulation_stands_beside_that_of_the_twins_on_one_scale() -> None:
    given = replace(second_bank(), untrained=BESIDE)

    _, pictures = twins(given)

    own, untrained = pictures.parts
    np.testing.assert_allclose(own.values, given.modulation.values.mean(axis=0))
    assert set(untrained.values.ravel()) == {0.25}
    assert (own.lowest, own.highest) == (untrained.lowest, untrained.highest) == (0.0, 1.0)


def test_drift_has_columns_where_it_is_known() -> None:
    given = bank()
    unknown = replace(given.table, drift_cosine=None, norm_change=None)

    heads = [
        [column.name for column in _table(one).columns]
        for one in (given, replace(given, table=unknown))
    ]

    assert "Cosine to initial" in heads[0]
    assert "Cosine to initial" not in heads[1]


def _table(given) -> parts.Table:
    (group,) = section(Run(results=[responses(given)])).parts
    return next(part for part in group.parts if isinstance(part, parts.Table))
