"""Classes of an embedding in a browser: each has a mark of its own and can be seen alone."""

import pytest
import report_results
from test_browser import opened, until

from cnnviz.run import Run
from reports import render

pytestmark = pytest.mark.browser

WORDS = tuple(f"word {k}" for k in range(35))
N_CLIPS = 4242
RENDERERS = """[...Bokeh.documents[0]._all_models.values()]
  .filter((model) => model.name?.startsWith?.('class:') && model.glyph)"""
MARKS = f"""{RENDERERS}.map(({{ glyph }}) =>
  [glyph.marker.value, glyph.fill_color.value, glyph.fill_alpha.value, glyph.size.value])"""


@pytest.fixture(scope="module")
def page_of_classes(tmp_path_factory: pytest.TempPathFactory) -> str:
    results = (
        report_results.clip_gallery(WORDS, n_clips=N_CLIPS),
        report_results.embedding(n_clips=N_CLIPS, n_classes=len(WORDS)),
    )
    out = tmp_path_factory.mktemp("classes") / "classes.html"
    return render(Run(results=results), out, title="classes", as_="file").as_uri() + "#embedding"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_two_of_thirty_five_classes_look_alike(browser, page_of_classes, scheme):
    with opened(browser, page_of_classes, color_scheme=scheme) as page:
        until(page, "document.querySelectorAll('.legend button').length", len(WORDS))
        drawn = page.evaluate(MARKS)
        signs = page.evaluate(
            "[...document.querySelectorAll('.legend button')].map((one) =>"
            " getComputedStyle(one.querySelector('svg')).fill + one.querySelector('path')"
            ".getAttribute('d'))"
        )

    assert len({tuple(mark[:3]) for mark in drawn}) == len(WORDS)
    assert {mark[3] for mark in drawn} == {7}  # CSS pixels
    assert len(set(signs)) == len(WORDS)


def test_the_legend_shows_the_class_pointed_at_alone(browser, page_of_classes):
    with opened(browser, page_of_classes) as page:
        until(page, "document.querySelectorAll('.legend button').length", len(WORDS))
        page.locator(".legend button").nth(3).hover()
        muted = page.evaluate(f"{RENDERERS}.map((one) => one.muted)")
        page.mouse.move(0, 0)

        assert muted == [k != 3 for k in range(len(WORDS))]
        assert not any(page.evaluate(f"{RENDERERS}.map((one) => one.muted)"))
