"""Chromium, and pages that many files look at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import report_results
import synthetic

from reports import render

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path(os.environ.get("CNNVIZ_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window; skips, visibly, where there is none."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}; set CNNVIZ_CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Address of the same report as one file and as a folder."""
    home = tmp_path_factory.mktemp("reports")
    return {
        form: render(report_results.run(), home / form, title="mynet", as_=form).as_uri()
        for form in ("file", "folder")
    }


@pytest.fixture(scope="session")
def page_of_all(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a report with figures of every kind."""
    out = tmp_path_factory.mktemp("figures") / "all.html"
    return render(synthetic.every_figure(), out, title="all", as_="file").as_uri()
