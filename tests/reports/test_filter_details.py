"""The chapter on filters shows what strides fold together, and numbers of each filter."""

from dataclasses import fields, replace

import numpy as np
import pytest
from synthetic import bank, responses

from cnnviz.results import FilterDetails
from cnnviz.run import Run
from reports.page import walk
from reports.parts import Interactive, Raster
from reports.sections._filter_details import aliasing, words
from reports.sections.filter_responses import section

N = 32


def details(*, rate: float = 4000.0, **changes: np.ndarray) -> FilterDetails:
    names = [field.name for field in fields(FilterDetails)]
    columns = dict.fromkeys(names, np.full(N, np.nan)) | {"output_rate_hz": np.full(N, rate)}
    word = ("",) * N
    return FilterDetails(**(columns | {"reach_10db": word, "phase_class": word} | changes))


def test_a_file_of_an_earlier_version_has_neither() -> None:
    assert aliasing(bank()) == ()
    assert words(bank(), 0) == []


def test_the_strip_has_a_row_per_filter_in_order_and_a_column_per_zone() -> None:
    given = replace(bank(), details=details())  # 16 kHz over 4 kHz: stride 4

    (strip,) = aliasing(given)

    powers = np.abs(np.fft.rfft(given.responses.kernels.taps, 8192, axis=1)[:, :-1]) ** 2
    expected = powers.reshape(N, 4, 1024).sum(axis=2)[given.order]  # left sums of an integral
    np.testing.assert_allclose(strip.values, expected / expected.sum(1, keepdims=True), atol=5e-3)
    assert strip.x.ticks == ((0.0, "0"), (0.25, "2k"), (0.5, "4k"), (0.75, "6k"), (1.0, "8k"))
    assert "per band of 2,000 Hz" in strip.caption


def test_the_file_of_the_strip_names_filters_and_zones() -> None:
    given = replace(bank(), details=details())

    (strip,) = aliasing(given)

    head, first, *_ = strip.data.text.splitlines()
    assert head == "filter,from_0_hz,from_2000_hz,from_4000_hz,from_6000_hz"
    assert first.startswith(f"{given.order[0]},")
    assert sum(map(float, first.split(",")[1:])) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("rate", [16_000.0, np.nan], ids=["no stride", "not known"])
def test_what_folds_nothing_has_no_strip(rate: float) -> None:
    assert aliasing(replace(bank(), details=details(rate=rate))) == ()


def test_more_zones_than_can_be_drawn_are_joined() -> None:
    given = replace(bank(), details=details(rate=16_000 / 1024))

    (strip,) = aliasing(given)

    assert strip.values.shape == (N, 512)
    np.testing.assert_allclose(strip.values.sum(axis=1), 1)
    assert "per band of 15.62 Hz (2 Nyquist zones each)" in strip.caption


def test_the_heading_of_a_filter_has_its_numbers() -> None:
    known = {
        "q_10db": 3.14159,
        "rolloff_95_hz": 1234.5,
        "duration_seconds": 0.0025,
        "zone_leakage": 0.25,
        "threshold_dbfs": -41.3,
        "gain_at_minus_20_dbfs": 0.75,
    }
    columns = {name: np.full(N, value) for name, value in known.items()}
    given = replace(bank(), details=details(**columns))

    (detail,) = (
        part
        for part in walk(section(Run(results=[responses(given)])).parts)
        if isinstance(part, Interactive)
    )

    heading = next(iter(detail.views.values()))["title"]["text"][0]
    assert (
        "Q10 3.14 · 95 % of its power below 1,230 Hz · duration 2.5 ms · 25 % of its energy "
        "outside one Nyquist zone · a tone at its centre opens the ReLU from -41.3 dBFS on · "
        "one of -20 dBFS raises its mean output by 0.75 of the tone's amplitude"
    ) in heading.replace("1,234", "1,230").replace("\N{MINUS SIGN}", "-")


def test_details_of_an_earlier_version_have_no_gain() -> None:
    earlier = replace(details(threshold_dbfs=np.zeros(N)), gain_at_minus_20_dbfs=None)

    assert words(replace(bank(), details=earlier), 0) == [
        "a tone at its centre opens the ReLU from 0 dBFS on"
    ]
    assert "gain_at_minus_20_dbfs" not in earlier.columns()


def test_what_is_not_known_is_not_said() -> None:
    alone = details(rate=16_000.0, zone_leakage=np.zeros(N), q_10db=np.ones(N))

    assert words(replace(bank(), details=alone), 3) == ["Q10 1"]


def test_the_strip_stands_behind_the_overview() -> None:
    given = replace(bank(), details=details())

    rasters = [
        part
        for part in walk(section(Run(results=[responses(given)])).parts)
        if isinstance(part, Raster)
    ]

    assert rasters[1].caption.startswith("What the stride folds together")
