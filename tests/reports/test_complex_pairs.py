"""Complex filters are drawn over frequencies of either sign, in the order of their centres."""

from dataclasses import replace

import numpy as np
from synthetic import bank, responses

from cnnviz.plots.filter_responses import plot
from cnnviz.results import ComplexPairs
from cnnviz.run import Run
from reports.page import walk
from reports.parts import Raster
from reports.sections._complex_pairs import two_sided
from reports.sections.filter_responses import section


def with_pairs():
    """Pairs of filters 5 and 1, and 2 and 0, each with its peak at one frequency."""
    levels = np.full((2, 1024), -100.0, np.float32)
    levels[0, 700], levels[1, 600] = -3.0, -20.0
    pairs = ComplexPairs(
        source="quadrature pairs",
        first=np.array([5, 2]),
        second=np.array([1, 0]),
        frequencies=(np.arange(1024) - 512) * 16_000 / 1024,
        magnitudes_db=levels,
        analyticity=np.array([0.9, 0.8]),
    )
    return replace(bank(), pairs=pairs)


def test_each_pair_is_a_row_of_its_own_level_from_minus_half_the_sample_rate_on():
    given = with_pairs()

    (strip,) = two_sided(given)

    rows = np.argsort(np.argsort(given.order)[[5, 2]])
    peaks = np.array([700, 600])[rows] // 2
    np.testing.assert_array_equal(strip.values.argmax(axis=1), peaks)
    np.testing.assert_allclose(strip.values[[0, 1], peaks], 0)
    assert strip.values.min() == -40
    assert [text for _, text in strip.x.ticks] == ["-8k", "-4k", "0", "4k", "8k"]
    assert "above 0 Hz, 0.85 (1: analytic" in strip.caption
    first = (5, 2)[rows[0]]
    assert strip.data.text.splitlines()[1].startswith(f"{first},")


def test_a_bank_without_pairs_has_no_strip_and_one_with_them_has_it_on_its_page():
    def strips(given):
        page = section(Run(results=[replace(responses(), banks=(given,))]))
        parts = [part for part in walk(page.parts) if isinstance(part, Raster)]
        return [part for part in parts if "complex" in part.caption]

    assert two_sided(bank()) == ()
    assert strips(bank()) == []
    assert len(strips(with_pairs())) == 1


def test_the_figure_draws_pairs_re_their_peaks():
    ax = plot(replace(responses(), banks=(with_pairs(),)), "two_sided")

    (mesh,) = ax.collections
    np.testing.assert_allclose(np.sort(mesh.get_array().max(axis=1)), [0, 0])
    assert ax.get_title().endswith("quadrature pairs")
