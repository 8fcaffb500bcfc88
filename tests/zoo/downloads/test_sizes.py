"""Sizes in words."""

import pytest

from zoo.downloads.sizes import in_words


@pytest.mark.parametrize(
    ("n_bytes", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (999_960, "1.0 MB"),
        (16_419_872, "16.4 MB"),
        (23_815_298_079, "23.8 GB"),
    ],
)
def test_powers_of_a_thousand(n_bytes, words):
    assert in_words(n_bytes) == words
