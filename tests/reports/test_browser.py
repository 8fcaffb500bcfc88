"""The page in a browser: strict policy, no console errors, no network, accessible, usable."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import report_results
import synthetic
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page

from reports import render

pytestmark = pytest.mark.browser


@contextmanager
def opened(browser: Browser, address: str, **options: object) -> Iterator[Page]:
    """Page in a context of its own; fails on console errors and on foreign requests."""
    context = browser.new_context(**options)  # type: ignore[arg-type]
    page = context.new_page()
    errors: list[str] = []
    foreign: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            errors.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: foreign.append(request.url))
    page.goto(address)
    yield page
    allowed = ("file:", "data:", "blob:")
    assert [url for url in foreign if not url.startswith(allowed)] == []
    assert errors == []
    context.close()


def until(page: Page, question: str, answer: object = True, n_tries: int = 500) -> None:
    """Ask until the answer comes; the page's policy forbids Playwright's own waiting."""
    for _ in range(n_tries):
        if page.evaluate(question) == answer:
            return
        page.wait_for_timeout(20)
    assert page.evaluate(question) == answer


def scrolled(page: Page) -> None:
    """Scroll through, so that everything is drawn."""
    height = page.evaluate("document.documentElement.scrollHeight")
    for top in range(0, height, 600):
        page.evaluate("top => scrollTo({ top, behavior: 'instant' })", top)
        page.wait_for_timeout(40)
    until(page, "document.querySelectorAll('.interactive:not(.drawn)').length", 0)


@pytest.mark.parametrize("form", ["file", "folder"])
def test_figures_are_drawn_under_the_policy_without_errors_or_network(
    browser: Browser, reports: dict[str, str], form: str
) -> None:
    with opened(browser, reports[form]) as page:
        scrolled(page)

        assert page.locator(".interactive.drawn").count() == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_no_violation_and_nothing_runs_over_the_edge(
    browser: Browser, reports: dict[str, str], width: int, scheme: str
) -> None:
    size = {"width": width, "height": 900}
    with opened(
        browser, reports["file"], viewport=size, color_scheme=scheme, reduced_motion="reduce"
    ) as page:
        scrolled(page)

        found = Axe().run(page)

        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("form", ["file", "folder"])
def test_a_clip_plays_and_the_player_shows_it(
    browser: Browser, reports: dict[str, str], form: str
) -> None:
    with opened(browser, reports[form] + "#clip=7") as page:
        page.locator('[id="clip=7"] [data-play]').click()

        until(page, "document.querySelector('#audio').duration", 0.5)
        assert page.locator("#playing").inner_text() == "off/007_nohash_3.wav"
        assert page.locator("audio").count() == 1


def test_a_cell_of_the_confusion_matrix_lists_its_clips(
    browser: Browser, reports: dict[str, str]
) -> None:
    evaluation = report_results.evaluation()
    with opened(browser, reports["file"]) as page:
        counts, shares = page.locator('a[href="#confusion=true:0,pred:0"]').all()
        assert not shares.is_visible()
        counts.click()

        until(page, "location.hash", "#confusion=true:0,pred:0")
        rows = page.locator("[data-clips] tbody tr")
        until(
            page,
            "document.querySelectorAll('[data-clips] tbody tr').length",
            int(evaluation.confusion[0, 0]),
        )
        assert set(rows.locator("td:nth-child(3)").all_text_contents()) == {"yes"}


def test_a_confusion_leads_to_explanations_or_to_the_command_that_makes_them(
    browser: Browser, tmp_path: Path
) -> None:
    explained = report_results.run()
    explained.keep(synthetic.attribution())  # of clips 0, 1 and 2, which are of classes 0, 1, 2
    address = render(explained, tmp_path, title="mynet").as_uri()
    evaluation = report_results.evaluation()
    right = evaluation.labels == evaluation.predictions
    clip = int(np.flatnonzero(right[:3])[0])
    name = evaluation.class_names[clip]

    with opened(browser, f"{address}#confusion=true:{clip},pred:{clip}") as page:
        until(page, "document.querySelectorAll('[data-clips] .command code').length", 1)
        command = page.locator("[data-clips] .command code").inner_text()
        page.locator(f'[id="clip={clip}"] a[href="#attribution={clip}"]').click()
        until(page, f"document.getElementById('attribution={clip}').checkVisibility()")

    assert command == f"cnnviz explain RUN --true {name} --predicted {name}"


def test_one_slider_lets_the_sound_show_through_all_maps(browser: Browser, tmp_path: Path) -> None:
    explained = synthetic.run(synthetic.gallery(), synthetic.attribution())
    address = render(explained, tmp_path, title="mynet").as_uri()
    maps = "[...document.querySelectorAll('.ground + img')]"
    shown = f"{maps}.map((one) => getComputedStyle(one).opacity)"

    with opened(browser, address) as page:
        assert page.evaluate(shown) == ["0.8"] * 3
        page.locator(".opacity input >> visible=true").first.fill("0.3")

        assert page.evaluate(shown) == ["0.3"] * 3
        sliders = "[...document.querySelectorAll('.opacity input')].map((one) => one.value)"
        assert page.evaluate(sliders) == ["0.3"] * 3


def test_fifty_rows_of_clips_are_in_the_page_and_a_link_finds_a_later_one(
    browser: Browser, reports: dict[str, str]
) -> None:
    with opened(browser, reports["file"] + "#clip=77") as page:
        until(page, "document.getElementById('clip=77') !== null")

        assert page.locator("[data-clips] tbody tr").count() == 50


def test_the_keyboard_searches_moves_and_helps(browser: Browser, reports: dict[str, str]) -> None:
    with opened(browser, reports["file"]) as page:
        page.keyboard.press("/")
        page.keyboard.type("features.6")
        page.keyboard.press("Enter")
        own = report_results.layer_statistics().fragment("layer=features.6")
        until(page, "location.hash", f"#{own}")

        page.keyboard.press("j")
        focused = page.evaluate("document.activeElement.tagName")
        page.keyboard.press("?")

        assert focused in ("H2", "H3")
        assert page.locator("#help").is_visible()


def test_a_tap_on_a_dot_plays_its_clip(browser: Browser, reports: dict[str, str]) -> None:
    with opened(browser, reports["file"]) as page:
        scrolled(page)

        page.evaluate("Bokeh.documents[0].get_model_by_name('points').selected.indices = [5]")
        until(page, "document.querySelector('#playing').textContent.length > 0")

        playing = page.evaluate("document.querySelector('#playing').textContent")
        assert playing == "right/005_nohash_1.wav"


def test_a_head_sorts_its_table_and_a_data_link_gives_the_numbers(
    browser: Browser, reports: dict[str, str]
) -> None:
    with opened(browser, reports["file"]) as page:
        table = page.locator('[data-table^="classes-test."]')
        table.get_by_role("button", name="Recall").click()
        first = table.locator("tbody tr td:nth-child(3)").first.inner_text()
        with page.expect_download() as download:
            table.locator("a.data").click()

        assert float(first) == pytest.approx(report_results.evaluation().recall.min(), abs=1e-3)
        text = download.value.path().read_text()
        assert text.startswith("Class,Precision,Recall,F1,Area under ROC,F1 from,F1 to,Clips\nyes,")


@pytest.mark.parametrize("form", ["file", "folder"])
def test_without_scripts_tables_and_pictures_are_there(
    browser: Browser, reports: dict[str, str], form: str
) -> None:
    with opened(browser, reports[form], java_script_enabled=False) as page:
        assert page.locator(".interactive .fallback svg").first.is_visible()
        assert page.locator("[data-clips] tbody tr").count() == 50
        assert page.get_by_text("Scripts are off").is_visible()
        assert not page.locator("#theme").is_visible()


def test_the_theme_button_turns_light_to_dark(browser: Browser, reports: dict[str, str]) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    with opened(browser, reports["file"], color_scheme="light") as page:
        before = page.evaluate(colour)
        page.locator("#theme").click()

        assert before == "rgb(245, 246, 248)"
        assert page.evaluate(colour) == "rgb(13, 17, 23)"


def test_print_opens_what_is_folded(browser: Browser, reports: dict[str, str]) -> None:
    with opened(browser, reports["file"]) as page:
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")

        assert page.locator("details:not([open])").count() == 0
        assert not page.locator(".top .actions").is_visible()
