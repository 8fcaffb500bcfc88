"""Addresses in a browser: what one names rests at the top once everything is drawn."""

import pytest
from playwright.sync_api import Browser, Page
from test_browser import opened, until
from test_figures_in_browser import OWN

pytestmark = pytest.mark.browser

TOP = """() => {
  const target = decodeURIComponent(location.hash.slice(1));
  const views = Object.entries(CNNVIZ.get('views') || {});
  const figure = views.find(([, shown]) => target.startsWith('filter') && shown.includes(target));
  const node = figure ? document.querySelector(`[data-figure="${figure[0]}"]`)
    : target.startsWith('confusion') ? document.querySelector('[data-clips]')
    : document.getElementById(target);
  return node?.getBoundingClientRect().top;
}"""
"""Where what the address names begins, CSS pixels from the top of the window."""


@pytest.fixture(scope="module")
def pages(reports: dict[str, str], page_of_all: str) -> dict[str, str]:
    """One page with scores and one with figures."""
    return {"results": reports["file"], "figures": page_of_all}


STATE = """() => [
  document.documentElement.scrollHeight, scrollY,
  [...document.querySelectorAll('.interactive:not(.drawn)')].filter((node) => {
    const { top, bottom } = node.getBoundingClientRect();
    return top < innerHeight && bottom > 0;
  }).length,
].join()"""
"""Height of the page, place in it, and figures in view that are still to be drawn."""


def settled(page: Page) -> None:
    """Wait until figures in view are drawn and nothing has moved for half a second."""
    until(page, "document.readyState", "complete")
    states = [""]
    while len(set(states[-6:])) > 1 or not states[-1].endswith(",0"):
        page.wait_for_timeout(100)
        states.append(page.evaluate(STATE))
        assert len(states) < 200


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize(
    ("report", "target"),
    [
        ("results", "clips"),
        ("results", "clip=77"),
        ("results", "confusion=true:0,pred:0"),
        ("results", "evaluation"),
        ("figures", OWN("filter=conv2:4")),
        ("figures", "attribution=1"),
    ],
)
def test_what_the_address_names_rests_within_100_px_of_the_top(
    browser: Browser, pages: dict[str, str], report: str, target: str, width: int
) -> None:
    size = {"width": width, "height": 900}

    with opened(browser, f"{pages[report]}#{target}", viewport=size) as page:
        settled(page)

        assert 0 <= page.evaluate(TOP) <= 100


def test_a_link_followed_later_rests_there_as_well(
    browser: Browser, reports: dict[str, str]
) -> None:
    with opened(browser, reports["file"]) as page:
        settled(page)
        page.evaluate("document.querySelector('.contents a[href=\"#clips\"]').click()")
        settled(page)

        assert 0 <= page.evaluate(TOP) <= 100


def test_whoever_scrolls_is_not_held(browser: Browser, reports: dict[str, str]) -> None:
    with opened(browser, reports["file"] + "#clips") as page:
        settled(page)
        before = page.evaluate("scrollY")
        page.mouse.move(600, 400)
        page.mouse.wheel(0, -1500)
        settled(page)

        assert page.evaluate("scrollY") < before - 500
