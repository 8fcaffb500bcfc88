"""Where the words of a figure lie, and which of them touch each other or its edge."""

from collections.abc import Sequence
from itertools import combinations

from matplotlib.figure import Figure
from matplotlib.text import Text

_SLACK = 0.5
"""Pixels two boxes may share: glyphs do not fill theirs."""


def drawn_texts(figure: Figure) -> list[Text]:
    """Texts that are really drawn, tick labels inside the view among them."""
    drawn: list[Text] = []
    draw = Text.draw

    def record(text, renderer, *rest, **options):
        if text.get_visible() and text.get_text().strip():
            drawn.append(text)
        return draw(text, renderer, *rest, **options)

    try:
        Text.draw = record
        figure.draw_without_rendering()
    finally:
        Text.draw = draw
    return list(dict.fromkeys(drawn))


def collisions(figure: Figure, texts: Sequence[Text] = ()) -> list[str]:
    """Pairs of texts that overlap, and texts that the edge cuts; empty where all is legible.

    `texts` are those that are drawn, where they are known already.
    """
    texts = texts or drawn_texts(figure)
    boxes = [text.get_window_extent() for text in texts]
    told = []
    for (one, a), (other, b) in combinations(zip(texts, boxes, strict=True), 2):
        width = min(a.x1, b.x1) - max(a.x0, b.x0)
        height = min(a.y1, b.y1) - max(a.y0, b.y0)
        if width > _SLACK and height > _SLACK:
            told.append(f"{one.get_text()!r} over {other.get_text()!r}")
    edge = figure.bbox
    for text, box in zip(texts, boxes, strict=True):
        if min(box.x0, box.y0) < -_SLACK or box.x1 > edge.x1 + _SLACK or box.y1 > edge.y1 + _SLACK:
            told.append(f"{text.get_text()!r} is cut")
    return told
