"""Labels along the words of a vocabulary."""

import numpy as np
import pytest

from cnnviz.probing.vocabulary import vocabulary
from cnnviz.results.unit_names import label_kinds


@pytest.mark.parametrize("rate", [1000, 8000, 16000, 44100])
def test_labels_along_the_words_stand_apart_on_a_phone(rate):
    labels = label_kinds([word.family for word in vocabulary(rate, 0.5)])

    places = np.array([place for place, _ in labels])
    assert np.diff(places).min() > 0.18  # the longest, of 37 px, on the 200 px of a phone
    assert (places[0], places[-1]) == (pytest.approx(0.14, abs=0.03), pytest.approx(0.85, abs=0.12))


def test_words_of_narrow_kinds_are_others():
    families = ["tone"] * 40 + ["up-chirp"] * 20 + ["down-chirp"] * 20 + ["AM"] * 12 + ["click"] * 8

    assert label_kinds(families) == ((0.2, "tone"), (0.6, "chirp"), (0.9, "others"))
