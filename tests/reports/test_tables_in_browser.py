"""Tables in a browser: a hint of more, a column that stays, decimal marks in one line."""

import pytest
from playwright.sync_api import Browser
from test_browser import opened, until

pytestmark = pytest.mark.browser

HINTS = """(name) => {
  const frame = document.querySelector(`[data-table^="${name}"] .frame`);
  const shown = (side) => getComputedStyle(frame, side).opacity === "1";
  return [shown("::before"), shown("::after")];
}"""
"""Whether there is a hint of more at the left and at the right."""

MARKS = """(table) => {
  const columns = [];
  const texts = document.createTreeWalker(table.tBodies[0], NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const at = texts.currentNode.data.indexOf(".");
    const around = texts.currentNode.parentElement;
    const cell = around.closest("td.n, .numbers td:not(.t, .long, .button)");
    if (at < 0 || !cell || !cell.offsetParent) continue;
    const range = document.createRange();
    range.setStart(texts.currentNode, at);
    range.setEnd(texts.currentNode, at + 1);
    (columns[cell.cellIndex] ||= []).push(range.getBoundingClientRect().left);
  }
  return columns.filter((marks) => marks.length > 1);
}"""
"""Where the decimal marks of each column are, in CSS pixels."""


def test_a_table_hints_at_what_it_hides_and_scrolls_by_the_keyboard(
    browser: Browser, reports: dict[str, str]
) -> None:
    with opened(
        browser,
        reports["file"],
        viewport={"width": 390, "height": 900},
        reduced_motion="reduce",
    ) as page:
        region = page.get_by_role("region", name="Layers in order of execution")
        first = region.locator("tbody th").first
        left = first.bounding_box()["x"]
        region.focus()

        until(page, f"({HINTS})('layers.').join()", "false,true")
        page.keyboard.press("ArrowRight")
        until(page, f"({HINTS})('layers.').join()", "true,true")
        for _ in range(24):
            page.keyboard.press("ArrowRight")
        until(page, f"({HINTS})('layers.').join()", "true,false")

        assert first.bounding_box()["x"] == left


def test_a_table_that_fits_hints_at_nothing_and_takes_no_focus(
    browser: Browser, reports: dict[str, str]
) -> None:
    with opened(browser, reports["file"], viewport={"width": 1440, "height": 900}) as page:
        page.locator('[data-table^="averages"]').scroll_into_view_if_needed()

        focusable = "document.querySelectorAll('[data-table^=\"averages\"] [tabindex]').length"
        until(page, focusable, 0)
        until(page, f"({HINTS})('averages').join()", "false,false")


@pytest.mark.parametrize("name", ["layers", "classes", "errors", "channels"])
def test_decimal_marks_of_a_column_stand_below_each_other(
    browser: Browser, reports: dict[str, str], name: str
) -> None:
    with opened(browser, reports["file"]) as page:
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

        columns = page.locator(f'[data-table^="{name}"] table').first.evaluate(MARKS)

        assert columns
        for marks in columns:
            assert max(marks) - min(marks) < 0.6  # CSS pixels


@pytest.mark.parametrize("width", [390, 1440])
def test_bars_of_receptive_fields_are_whole(
    browser: Browser, reports: dict[str, str], width: int
) -> None:
    with opened(browser, reports["file"], viewport={"width": width, "height": 900}) as page:
        sheet = page.locator(".bars .sheet").bounding_box()
        pieces = page.locator(".bars .label, .bars .track i, .bars .track b, .rules i").all()
        boxes = [piece.bounding_box() for piece in pieces]

    assert len(boxes) > 10
    for box in boxes:
        assert sheet["x"] <= box["x"]
        assert box["x"] + box["width"] <= sheet["x"] + sheet["width"]
