"""The page in Firefox: it loads, addresses lead where they say, and sound plays."""

from collections.abc import Iterator

import pytest
from firefox import Firefox, started
from playing import PLAY, presses

pytestmark = pytest.mark.firefox


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with started(tmp_path_factory.mktemp("profile")) as session:
        yield session


@pytest.fixture
def address(reports: dict[str, str]) -> str:
    """A report as one file."""
    return reports["file"]


SETTLED = """async (address) => {
  const node = () => document.getElementById(address) ?? document.querySelector('[data-clips]');
  const top = () => Math.round(node().getBoundingClientRect().top);
  const tops = [];
  while (tops.length < 100 && (tops.length < 12 || new Set(tops.slice(-10)).size > 1)) {
    await new Promise((done) => setTimeout(done, 100));
    tops.push(top());
  }
  return tops.at(-1);
}"""
"""Where what an address names begins (CSS pixels from the top) once that has stood for a second."""


def test_figures_are_drawn_when_they_come_into_view(firefox: Firefox, address: str) -> None:
    firefox.open(address + "#embedding")

    drawn = firefox.evaluate(
        """async () => {
          const figure = document.querySelector('.interactive');
          for (let k = 0; k < 300 && !figure.matches('.drawn'); k += 1) {
            figure.scrollIntoView();
            await new Promise((done) => setTimeout(done, 100));
          }
          return [figure.matches('.drawn'), figure.querySelector('.legend').children.length];
        }"""
    )

    assert drawn == [True, 12]


@pytest.mark.parametrize("width", [1440, 500])  # narrower no window of Firefox is
@pytest.mark.parametrize("target", ["clips", "clip=77", "confusion=true:0,pred:0", "evaluation"])
def test_what_the_address_names_rests_within_100_px_of_the_top(
    firefox: Firefox, address: str, target: str, width: int
) -> None:
    firefox.open(f"{address}#{target}", width=width)

    assert 0 <= firefox.evaluate(SETTLED, target) <= 100


def test_sixty_places_in_six_clips_play(firefox: Firefox, address: str) -> None:
    firefox.open(address)

    mute = firefox.evaluate(PLAY, presses(clips=range(0, 60, 10), seconds=0.5, n_places=10))

    assert mute == []
