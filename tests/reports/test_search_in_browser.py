"""Search and keys in a browser: frequencies, words, classes and clips; filter after filter."""

import numpy as np
import pytest
from synthetic import bank, gallery, responses, run, second_bank
from test_browser import opened, until

from reports import render

pytestmark = pytest.mark.browser

OWN = responses(bank()).fragment
VIEW = "document.querySelector('[data-figure^=\"filter-conv1.\"]').dataset.view || ''"
FOUND = "[...document.querySelectorAll('#found [data-target]')].map((one) => one.{})"


@pytest.fixture(scope="module")
def page_of_filters(tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("search") / "search.html"
    results = run(responses(bank(), second_bank()), gallery())
    return render(results, out, title="search", as_="file").as_uri()


def searched(page, text, what="textContent"):
    page.fill("#find", text)
    return page.evaluate(FOUND.format(what))


def test_a_frequency_finds_the_filters_that_pass_it_the_nearest_first(browser, page_of_filters):
    given = bank().table
    off = np.abs(given.centre_hz - 500)
    passing = np.flatnonzero(off <= given.bandwidth_3db_hz / 2)
    nearest = passing[np.abs(np.log(given.centre_hz[passing] / 500)).argsort()]

    with opened(browser, page_of_filters) as page:
        found = searched(page, "500 Hz", "dataset.target")
        same = searched(page, "0.5kHz", "dataset.target")

    assert [one for one in found if "conv1" in one] == [OWN(f"filter=conv1:{k}") for k in nearest]
    assert same == found


def test_dead_finds_the_dead_filter_and_the_finding(browser, page_of_filters):
    with opened(browser, page_of_filters) as page:
        found = searched(page, "dead")

    (dead,) = np.flatnonzero(bank().table.dead)
    assert any(text.startswith(f"filter conv1:{dead} · dead") for text in found)
    assert any("1 dead" in text for text in found)


def test_a_class_finds_the_list_of_its_clips(browser, page_of_filters):
    clips = gallery().clips
    wanted = clips.class_names[1]
    with opened(browser, page_of_filters) as page:
        first = searched(page, wanted)[0]
        page.keyboard.press("Enter")
        until(page, "document.querySelector('[data-clips] select').value", wanted)
        rows = page.locator("[data-clips] tbody tr").count()

    assert first == f"class {wanted}: {rows} clips"
    assert rows == (clips.labels == 1).sum()


def test_a_name_finds_its_clip(browser, page_of_filters):
    with opened(browser, page_of_filters) as page:
        searched(page, gallery().clips.names[2])
        page.keyboard.press("Enter")

        until(page, "location.hash", "#clip=2")


@pytest.mark.parametrize(("on", "back"), [("ArrowRight", "ArrowLeft"), ("j", "k")])
def test_keys_step_through_the_filters_of_the_open_detail(browser, page_of_filters, on, back):
    order = [int(k) for k in bank().order]
    here, following = order[5], order[6]
    with opened(browser, page_of_filters + f"#filter=conv1:{here}") as page:
        until(page, VIEW, OWN(f"filter=conv1:{here}"))
        top = page.evaluate("scrollY")
        page.keyboard.press(on)
        until(page, VIEW, OWN(f"filter=conv1:{following}"))
        drawn = page.evaluate(
            "[...Bokeh.documents.map((d) => d.get_model_by_name('taps')).find(Boolean)"
            ".get_column('y')]"
        )
        moved = page.evaluate("scrollY") - top
        page.keyboard.press(back)
        until(page, VIEW, OWN(f"filter=conv1:{here}"))

    assert drawn == pytest.approx(bank().taps[following, 0].tolist(), abs=1e-5)
    assert moved == 0


def test_a_button_beside_the_detail_steps_as_well(browser, page_of_filters):
    first, following = (int(k) for k in bank().order[:2])
    with opened(browser, page_of_filters + f"#filter=conv1:{first}") as page:
        until(page, VIEW, OWN(f"filter=conv1:{first}"))
        page.get_by_role("button", name="Next").first.click()

        until(page, VIEW, OWN(f"filter=conv1:{following}"))
