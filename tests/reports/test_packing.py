"""Packed payloads: every byte comes back, also through the sums that the page's script does."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.packing import SIGNS, Numbers, packed, unpacked
from reports.quantised import quantised


@given(st.binary(max_size=300))
def test_every_byte_comes_back(content):
    assert unpacked(packed(content)) == content


@pytest.mark.parametrize("n_bytes", [1, 106_495, 106_496, 106_497, 300_000])
def test_bytes_come_back_across_the_blocks_they_are_written_in(n_bytes):
    content = np.random.default_rng(n_bytes).bytes(n_bytes)

    assert unpacked(packed(content)) == content


def test_what_is_packed_can_stand_inside_a_script_element_and_in_json():
    text = packed(np.random.default_rng(0).bytes(10_000))

    assert set(text.encode()) <= set(SIGNS)
    assert not set(text) & set('<"\\\n')
    assert len(text) < 1.26 * 10_000


def test_numbers_lie_behind_one_line_in_planes_of_bytes_and_codes_as_differences():
    numbers = Numbers()
    given = np.array([[1, 258, 259], [5, 4, 3]], dtype=np.uint16)

    described = numbers.add(given)
    head, _, rest = unpacked(numbers.packed({"item": {}})).partition(b"\n")

    assert described == {"dtype": "uint16", "shape": [2, 3], "at": 0}
    assert json.loads(head)["sizes"] == {"uint16": 6}
    planes = np.frombuffer(rest, dtype=np.uint8).reshape(2, 6)  # low bytes, high bytes
    differences = (planes[0] + 256 * planes[1].astype(np.uint16)).astype(np.uint16).reshape(2, 3)
    np.testing.assert_array_equal(np.cumsum(differences, axis=1, dtype=np.uint16), given)


def test_each_array_says_where_it_begins_among_those_of_its_type():
    numbers = Numbers()

    places = [numbers.add(quantised(np.zeros(n))).get("at") for n in (3, 4, 5)]

    assert places == [0, 3, 7]
