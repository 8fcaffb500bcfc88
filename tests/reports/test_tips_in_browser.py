"""Pointing and tapping in a browser: what lies under the pointer is named in full."""

import re

import pytest
import report_results
from playwright.sync_api import Browser
from synthetic import feature_maps
from test_browser import opened, scrolled, until
from test_figures_in_browser import MODEL

from cnnviz.results import Evaluation, find
from reports import render

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def few_sounds(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report that holds the sound of one clip of 120."""
    out = tmp_path_factory.mktemp("few") / "r.html"
    return render(report_results.run(), out, title="few", as_="file", clips=1).as_uri()


def test_a_tap_on_a_point_without_sound_says_so_and_opens_its_row(
    browser: Browser, few_sounds: str
) -> None:
    with opened(browser, few_sounds) as page:
        scrolled(page)
        silent = page.evaluate("[...Array(120).keys()].findLast((clip) => !CNNVIZ.sound.has(clip))")

        page.evaluate(f"{MODEL.format('points')}.selected.indices = [{silent}]")
        until(page, "location.hash", f"#clip={silent}")
        row = page.locator(f'[id="clip={silent}"]')
        until(page, f"document.getElementById('clip={silent}').matches('.target')")

        assert page.locator("#problem").inner_text() == "has no sound in this report"
        assert page.locator("#playing").inner_text() == row.locator("th").inner_text()
        assert 0 <= row.bounding_box()["y"] <= 100


def test_a_point_says_what_it_is_and_what_was_predicted(browser: Browser, few_sounds: str) -> None:
    (evaluation,) = find(report_results.results(), Evaluation)
    wrong = int(evaluation.clip_index[evaluation.labels != evaluation.predictions][0])
    row = evaluation.clip_index.tolist().index(wrong)
    names = evaluation.class_names

    with opened(browser, few_sounds + "#embedding") as page:
        until(page, f"Boolean(window.Bokeh?.documents.length && {MODEL.format('points')})")
        tips = page.evaluate(
            "[...Bokeh.documents[0]._all_models.values()]"
            ".find((model) => model.type === 'HoverTool').tooltips"
        )
        point = page.evaluate(
            f"['label', 'predicted'].map((key) =>{MODEL.format('points')}.get_column(key)[{wrong}])"
        )

    assert tips[:3] == [["clip", "@name"], ["true", "@label"], ["predicted", "@predicted"]]
    assert point == [names[evaluation.labels[row]], names[evaluation.predictions[row]]]


def test_the_pointer_over_a_map_names_its_channel(browser: Browser, page_of_all: str) -> None:
    layer = feature_maps().layers[0]

    with opened(browser, page_of_all + "#feature-maps") as page:
        until(page, "!!document.querySelector('[data-figure^=\"feature-maps.\"].drawn')")
        figure = f"{MODEL.format(f'maps-{layer.layer}-figure')}"
        until(page, f"Boolean(Bokeh.index.find_one_by_id({figure}.id)?.frame?.bbox.width > 100)")
        place = page.evaluate(
            f"(() => {{ const view = Bokeh.index.find_one_by_id({figure}.id);"
            "view.el.scrollIntoView({ block: 'center', behavior: 'instant' });"
            "const { left, top } = view.canvas.el.getBoundingClientRect();"
            "const { x_center, bottom, height } = view.frame.bbox;"
            f"return [left + x_center, top + bottom - 1.5 * height / {layer.maps.shape[1]}]; }})()"
        )
        page.mouse.move(*place)
        tip = page.get_by_text(f"channel {layer.order[1]} (centre ")
        tip.wait_for()

        assert re.fullmatch(r"channel \d+ \(centre \d+ Hz\), 0\.\d+ s: -?\d.*", tip.inner_text())


def test_a_zoomed_map_labels_every_row(browser: Browser, page_of_all: str) -> None:
    layer = feature_maps().layers[0]

    with opened(browser, page_of_all + "#feature-maps") as page:
        until(page, "!!document.querySelector('[data-figure^=\"feature-maps.\"].drawn')")
        figure = MODEL.format(f"maps-{layer.layer}-figure")
        ticks = page.evaluate(
            f"(() => {{ const axis = {figure}.left[0]; const labels = axis.major_label_overrides;"
            "const { major } = axis.ticker.get_ticks(1.6, 4.4, null, NaN);"
            "return major.map((row) => labels.get(row)); })()"
        )

    centres = [layer.channel_centre_hz[layer.order[row]] for row in (2, 3, 4)]
    assert len(ticks) == 3
    assert [label.endswith("k") for label in ticks] == [hertz >= 1000 for hertz in centres]
