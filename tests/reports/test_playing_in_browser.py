"""Sound in a browser: every stretch plays from its start, and what cannot play says so."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
import report_results
import soundfile
from playing import PLAY, presses
from playwright.sync_api import Browser, Page
from test_browser import opened, until

from reports import render

pytestmark = pytest.mark.browser


def mute(page: Page, pressed: list[dict]) -> list:
    """Those of the presses after which nothing moves."""
    return page.evaluate(f"(pressed) => ({PLAY})(pressed)", pressed)


@pytest.mark.parametrize("form", ["file", "folder"])
def test_sixty_places_in_six_clips_play(
    browser: Browser, reports: dict[str, str], form: str
) -> None:
    asked = presses(clips=range(0, 60, 10), seconds=0.5, n_places=10)

    with opened(browser, reports[form]) as page:
        assert len(asked) == 60
        assert mute(page, asked) == []


def test_every_player_of_a_page_plays(browser: Browser, page_of_all: str) -> None:
    with opened(browser, page_of_all) as page:
        asked = page.evaluate(
            "[...document.querySelectorAll('[data-play]')].map(({ dataset }) => ({"
            "clip: dataset.play, start: dataset.start ?? null, stop: dataset.stop ?? null }))"
        )

        assert sum(one["start"] is not None for one in asked) >= 10
        assert mute(page, asked) == []


def test_a_stretch_stops_before_the_clip_ends(browser: Browser, reports: dict[str, str]) -> None:
    with opened(browser, reports["file"]) as page:
        page.evaluate("CNNVIZ.sound.play(3, { start: 0.1, stop: 0.15 })")
        until(page, "document.querySelector('#audio').currentTime > 0.149")
        until(page, "document.querySelector('#audio').paused")

        assert page.evaluate("document.querySelector('#audio').currentTime") < 0.45
        assert page.locator("#playing").inner_text() == "down/003_nohash_3.wav 0.10\u20130.15 s"


def test_another_stretch_of_the_same_clip_plays_at_once(browser: Browser, page_of_all: str) -> None:
    with opened(browser, page_of_all) as page:
        playing = page.evaluate(
            """() => {
              const [one, other] = document.querySelectorAll('[data-play="0"][data-start]');
              one.click();
              other.click();
              return new Promise((done) => document.querySelector('#audio').addEventListener(
                'playing', () => done([one, other].map((node) => node.matches('.on')))));
            }"""
        )

    assert playing == [False, True]


def test_the_page_unpacks_numbers_to_the_same_file_as_soundfile(
    browser: Browser, reports: dict[str, str]
) -> None:
    samples = np.array([0.0, 0.5, -1.0, 32767 / 32768, 1 / 32768, 1.5], dtype=np.float32)

    with opened(browser, reports["file"]) as page:
        written = page.evaluate(
            "(values) => [...new Uint8Array(CNNVIZ.pcm.wav(Float32Array.from(values), 16000))]",
            samples.tolist(),
        )

    read, rate = soundfile.read(io.BytesIO(bytes(written)), dtype="int16")
    assert rate == 16_000
    assert read.tolist() == [0, 16384, -32768, 32767, 1, 32767]


def test_a_sound_that_cannot_be_decoded_says_so_and_the_next_press_tries_again(
    browser: Browser, reports: dict[str, str]
) -> None:
    with opened(browser, reports["file"] + "#clip=7") as page:
        page.evaluate(
            "const table = CNNVIZ.get('audio'); window.kept = table[7];"
            "table[7] = 'data:audio/flac;base64,ZkxhQwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';"
        )
        button = page.locator('[id="clip=7"] [data-play]')
        button.click()
        until(page, "document.querySelector('#problem').textContent.length > 0")
        said = page.locator("#problem").inner_text()

        page.evaluate("CNNVIZ.get('audio')[7] = window.kept")
        button.click()
        until(page, "document.querySelector('#audio').currentTime > 0.1")

        assert said == "does not play: it cannot be decoded; press again to retry"
        assert page.locator("#problem").inner_text() == ""


def test_a_file_that_is_gone_says_so_and_plays_once_it_is_back(
    browser: Browser, tmp_path: Path
) -> None:
    index = render(report_results.run(), tmp_path / "r", title="r", as_="folder", clips=3)
    file = next((index.parent / "audio").rglob("*.wav"))
    clip = int(file.stem)
    sound = file.read_bytes()
    file.unlink()
    context = browser.new_context()
    page = context.new_page()  # it writes to the console that the file is gone
    page.goto(f"{index.as_uri()}#clip={clip}")

    page.locator(f'[id="clip={clip}"] [data-play]').click()
    until(page, "document.querySelector('#problem').textContent.length > 0")
    said = page.locator("#problem").inner_text()
    file.write_bytes(sound)
    page.locator("#toggle").click()
    until(page, "document.querySelector('#audio').currentTime > 0.1")

    assert re.fullmatch(r"does not play: .+; press again to retry", said)
    assert page.locator("#problem").inner_text() == ""
    context.close()
