"""Pressing play in a page, the same in every browser."""

from collections.abc import Iterable

PLAY = """async (presses, selector) => {
  const audio = document.querySelector('#audio');
  const wait = () => new Promise((done) => setTimeout(done, 8));
  const mute = [];
  for (const { clip, start, stop } of presses) {
    const button = document.createElement('button');
    Object.assign(button.dataset, { play: clip }, start === null ? {} : { start, stop });
    document.body.append(button);
    button.click();
    const first = Number(start ?? 0), since = performance.now();
    let moved = false, problem = '', runs = false;
    audio.addEventListener('playing', () => { runs = true; }, { once: true });
    while (!moved && !problem && performance.now() - since < 4000) {
      await wait();
      moved = runs && audio.currentTime > first + 0.004;
      problem = document.querySelector('#problem').textContent;
    }
    if (!moved) mute.push([clip, start, audio.currentTime, problem]);
    audio.pause();
    button.remove();
  }
  return mute;
}"""
"""Presses each stretch of each clip (s); gives those that did not move, and why."""


def presses(*, clips: Iterable[int], seconds: float, n_places: int) -> list[dict]:
    """Stretches of each clip, evenly from near its begin to near its end (s)."""
    places = [(k + 0.1) * seconds / n_places for k in range(n_places)]
    return [{"clip": clip, "start": at, "stop": at + 0.1} for clip in clips for at in places]
