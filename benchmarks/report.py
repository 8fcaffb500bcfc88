"""How fast a report of 300 filters and 1,000 clips opens in Chromium; prints a table.

Run with ``python benchmarks/report.py``; needs the extra ``test`` and a Chromium at
``CNNVIZ_CHROMIUM`` or ``/usr/bin/chromium``. Aims: first paint under 1 s, ready under 2 s,
fewer than 20,000 nodes.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "reports")]

import report_results  # noqa: E402
import synthetic  # noqa: E402

from cnnviz.run import Run  # noqa: E402
from reports import render  # noqa: E402

CHROMIUM = os.environ.get("CNNVIZ_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
N_FILTERS, N_CLIPS, N_LOADS = 300, 1000, 3
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
READY = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"


def results() -> Run:
    """Filters beside the other results of a run."""
    filters = synthetic.responses(synthetic.bank(synthetic.gabors(N_FILTERS)))
    made = report_results.run(n_clips=N_CLIPS)
    made.keep(filters)
    return made


def opened(browser: Browser, address: str) -> tuple[float, float, int]:
    """First paint and ready in ms, and nodes, of one fresh load."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(address)
    for _ in range(100):
        paint = page.evaluate(PAINT)
        if paint:
            break
        page.wait_for_timeout(50)
    found = paint, page.evaluate(READY), page.evaluate("document.querySelectorAll('*').length")
    context.close()
    return found


def main() -> None:
    """Render as file and as folder, open each three times, print medians."""
    print(f"{N_FILTERS} filters, {N_CLIPS} clips, median of {N_LOADS} fresh loads")
    print("form     render s   page MB   first paint ms   ready ms   nodes")
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for form in ("file", "folder"):
            start = time.perf_counter()
            page = render(results(), Path(home) / form, title="benchmark", as_=form)
            seconds = time.perf_counter() - start
            loads = [opened(browser, page.as_uri()) for _ in range(N_LOADS)]
            paint, ready, nodes = (statistics.median(column) for column in zip(*loads, strict=True))
            size = page.stat().st_size / 1e6
            print(
                f"{form:8} {seconds:8.1f} {size:9.2f} {paint:16.0f} {ready:10.0f} {int(nodes):7,}"
            )
        browser.close()


if __name__ == "__main__":
    main()
