"""A report on paper: few pages, whole tables, everything unfolded, no controls."""

import re
from pathlib import Path

import pytest
from synthetic import attribution, bank, feature_maps, gallery, responses, run, second_bank
from test_browser import opened, until

from reports import render

pytestmark = pytest.mark.browser

PORTRAIT, LANDSCAPE = 703, 1032
"""Width of A4 between the margins, CSS pixels."""
RIGHT_ENDS = """(is_wide) => Object.fromEntries([...document.querySelectorAll('main table')]
  .map((table) => [table.closest('figure'), table.getBoundingClientRect().right])
  .filter(([figure]) => (getComputedStyle(figure).page === 'wide') === is_wide)
  .map(([figure, right]) => [figure.dataset.table, right]))"""
"""Where the tables of upright or of wide pages end, CSS pixels by name."""


@pytest.fixture(scope="module")
def page_to_print(tmp_path_factory: pytest.TempPathFactory) -> str:
    results = run(
        responses(bank(), second_bank()),
        gallery(),
        feature_maps(),
        attribution(),
        attribution("input_x_gradient", converged=False),
    )
    out = tmp_path_factory.mktemp("print") / "print.html"
    return render(results, out, title="print", as_="file").as_uri()


@pytest.mark.parametrize(
    ("width", "is_wide"), [(PORTRAIT, False), (LANDSCAPE, True)], ids=["portrait", "landscape"]
)
def test_no_table_is_wider_than_its_paper(browser, page_to_print, width, is_wide):
    viewport = {"width": width, "height": 1000}
    with opened(browser, page_to_print, viewport=viewport) as page:
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")

        ends = page.evaluate(RIGHT_ENDS, is_wide)

    assert 0 < max(ends.values()) <= width + 1


def test_paper_has_few_pages_and_both_orientations(browser, page_to_print, tmp_path: Path):
    with opened(browser, page_to_print) as page:
        until(page, "document.readyState", "complete")
        printed = page.pdf(path=tmp_path / "report.pdf", format="A4")

    n_pages = len(re.findall(rb"/Type /Page\b", printed))
    assert 5 <= n_pages <= 9
    assert len(set(re.findall(rb"/MediaBox \[([^\]]*)\]", printed))) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_is_white_and_shows_no_control(browser, page_to_print, scheme):
    with opened(browser, page_to_print, color_scheme=scheme) as page:
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        page.emulate_media(media="print", color_scheme=scheme)
        controls = "main :is(button:not(.sort), input, select, .options), header :is(button, input)"

        shown = page.evaluate(
            f"[...document.querySelectorAll('{controls}')].filter((one) =>"
            " one.checkVisibility()).map((one) => one.outerHTML)"
        )

        assert shown == []
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
            "rgb(255, 255, 255)"
        )
