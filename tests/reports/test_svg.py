"""Static figures as SVG text."""

from cnnviz.marks import mark_of
from reports.svg import marks


def test_all_clips_of_a_class_are_one_element():
    drawn = marks([10, 20], [5, 5], mark_of(1))

    assert drawn.count("<path") == 1
    assert 'class="dot c1"' in drawn
    assert "M10.0 5.0m" in drawn
    assert "M20.0 5.0m" in drawn
