"""The page of a study in a browser: accessible, and inside narrow windows."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from test_browser import opened
from test_study_page import study

from reports.study_page import render_study

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_no_violation_and_nothing_runs_over_the_edge(
    browser: Browser,
    tmp_path: Path,
    width: int,
    scheme: str,
) -> None:
    address = render_study(study(), tmp_path / "table.html").as_uri()

    size = {"width": width, "height": 900}
    with opened(
        browser, address, viewport=size, color_scheme=scheme, reduced_motion="reduce"
    ) as page:
        found = Axe().run(page)

        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
