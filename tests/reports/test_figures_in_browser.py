"""Figures in a browser: choices swap data, axes switch, and a line runs with the sound."""

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import numpy as np
import pytest
from synthetic import bank, every_figure, gabors, responses
from test_browser import opened, until

from cnnviz.run import Run
from reports import render
from reports.figures.filter_detail import response_grid
from reports.figures.kernels import drawn_points

pytestmark = pytest.mark.browser

COLUMN = "Bokeh.documents.map((d) => d.get_model_by_name('{}')).find(Boolean).get_column('{}')"
MODEL = "Bokeh.documents.map((d) => d.get_model_by_name('{}')).find(Boolean)"

OWN = responses(bank()).fragment
"""Names as a page has them; results made from formulas share one digest."""


def test_the_address_brings_its_filter_into_the_detail(browser, page_of_all):
    given = bank()

    with opened(browser, page_of_all + "#filter=conv1:7") as page:
        until(
            page,
            "document.querySelector('[data-figure^=\"filter-conv1.\"]').dataset.view || ''",
            OWN("filter=conv1:7"),
        )
        drawn = page.evaluate(f"[...{COLUMN.format('taps', 'y')}]")

    assert drawn == pytest.approx(given.taps[7, 0].tolist(), abs=1e-5)


def test_a_tile_brings_its_filter_into_the_detail(browser, page_of_all):
    with opened(browser, page_of_all + "#filter=conv2:0") as page:
        until(
            page,
            "document.querySelector('[data-figure^=\"filter-conv2.\"]').dataset.view || ''",
            OWN("filter=conv2:0"),
        )
        page.click(f'.tiles a[href="#{OWN("filter=conv2:4")}"]')
        until(
            page,
            "document.querySelector('[data-figure^=\"filter-conv2.\"]').dataset.view",
            OWN("filter=conv2:4"),
        )
        shape = page.evaluate(f"{COLUMN.format('plane', 'image')}[0].shape")

    assert shape == [32, 5]


def test_axes_switch_between_linear_and_logarithmic(browser, page_of_all):
    with opened(browser, page_of_all + "#filter=conv1:7") as page:
        until(page, "!!document.querySelector('.switches')")
        before = page.evaluate(f"{MODEL.format('db-log')}.visible")
        page.click(".switches >> text=log")
        after = page.evaluate(
            f"[{MODEL.format('db-log')}.visible, {MODEL.format('db-linear')}.visible]"
        )

    assert before is False
    assert after == [True, False]


def test_choosing_a_clip_brings_its_maps_and_its_playhead(browser, page_of_all):
    with opened(browser, page_of_all + "#feature-maps") as page:
        until(page, "!!document.querySelector('[data-figure^=\"feature-maps.\"].drawn')")
        page.click(f'a[href="#{OWN("maps=2")}"]')
        until(
            page,
            "document.querySelector('[data-figure^=\"feature-maps.\"]').dataset.view",
            OWN("maps=2"),
        )
        tags = page.evaluate(f"{MODEL.format('playhead')}.tags")
        page.click('.option.chosen [data-play="2"]')
        until(page, f"{MODEL.format('playhead')}.location > 0")

    assert tags == [2]


def test_one_method_of_one_clip_is_shown_at_a_time(browser, page_of_all):
    with opened(browser, page_of_all + "#attribution=1:input_x_gradient") as page:
        until(page, "document.querySelectorAll('.option.chosen .option.chosen').length > 0")
        chosen = page.evaluate(
            "[...document.querySelectorAll('.option')]"
            ".filter((one) => one.checkVisibility() && one.id.startsWith('attribution'))"
            ".map((one) => one.id)"
        )

    assert chosen == ["attribution=1", OWN("attribution=1:input_x_gradient")]


def test_without_scripts_every_option_is_there(browser, page_of_all):
    with opened(browser, page_of_all, java_script_enabled=False) as page:
        option = page.locator(f'[id="{OWN("attribution=2:input_x_gradient")}"]')
        assert option.locator(".plane").count() >= 2
        assert option.is_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_is_wider_than_the_page(browser, page_of_all, width):
    viewport = {"width": width, "height": 900}
    with opened(browser, page_of_all + "#filter=conv2:0", viewport=viewport) as page:
        until(page, "!!document.querySelector('[data-figure^=\"filter-conv2.\"].drawn')")

        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_three_hundred_filters_are_few_nodes_and_soon_there(browser, tmp_path: Path):
    out = render(
        Run(results=[responses(bank(gabors(300)))]),
        tmp_path / "many.html",
        title="many",
        as_="file",
    )

    with opened(browser, out.as_uri()) as page:
        nodes = page.evaluate("document.querySelectorAll('*').length")
        seconds = page.evaluate("performance.getEntriesByType('navigation')[0].duration") / 1000

    assert nodes < 20_000
    assert seconds < 2  # measured 0.5 s on two busy cores


def test_equal_results_give_equal_bytes(page_of_all, tmp_path: Path):
    again = render(every_figure(), tmp_path / "all.html", title="all", as_="file")

    assert again.read_bytes() == Path(url2pathname(urlsplit(page_of_all).path)).read_bytes()


@pytest.mark.parametrize("name", ["db", "phase", "delay"])
def test_the_page_computes_the_curves_that_it_keeps_as_corrections(browser, page_of_all, name):
    given, index = bank(), 7
    at = drawn_points(given.responses)
    kept = given.responses
    wanted = {"db": kept.magnitudes_db, "phase": kept.phases, "delay": 1000 * kept.group_delays}

    with opened(browser, page_of_all + f"#filter=conv1:{index}") as page:
        until(
            page,
            "document.querySelector('[data-figure^=\"filter-conv1.\"]').dataset.view || ''",
            OWN(f"filter=conv1:{index}"),
        )
        drawn = page.evaluate(f"[...{COLUMN.format('response', name)}].map(String)")

    step = response_grid(given.responses).step(name)
    np.testing.assert_allclose(
        [float(text.replace("NaN", "nan")) for text in drawn],
        wanted[name][index, at],
        atol=0.51 * step,
    )


def test_a_file_made_from_a_figure_is_that_beside_the_page(browser, page_of_all):
    name = f"{OWN('responses-conv1')}.csv"
    beside = Path(url2pathname(urlsplit(page_of_all).path)).with_name("all-data") / name

    with opened(browser, page_of_all, accept_downloads=True) as page:
        with page.expect_download() as saved:
            page.evaluate(f"document.querySelector('[data-file=\"{name}\"]').click()")
        text = Path(saved.value.path()).read_text()

    assert text == beside.read_text()
