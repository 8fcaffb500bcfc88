"""What earlier versions wrote reads as the types of this one."""

from pathlib import Path

import h5py
import pytest

from cnnviz import store
from cnnviz.results import Evidence
from cnnviz.store.older import as_findings

OLDER_RUN = Path(__file__).parent / "older_run"


def test_a_sentence_becomes_a_note_that_says_its_numbers_were_not_kept() -> None:
    (found,) = as_findings(("No clip is taken for another class",))

    assert (found.sentence, found.severity) == ("No clip is taken for another class", "note")
    assert found.evidence == (Evidence(name="result format", value=1),)
    assert (found.threshold, found.null, found.fragment) == (None, None, "")


def test_sentences_of_one_result_have_ids_of_their_own_and_keep_them() -> None:
    sentences = ("1 filter repeats.", "2 filters repeat.")

    first, again = as_findings(sentences), as_findings(sentences[::-1])

    assert len({one.id for one in first}) == 2
    assert {one.id for one in first} == {one.id for one in again}


def test_a_run_of_format_1_has_its_sentences_as_findings() -> None:
    found = store.read(OLDER_RUN / "results" / "evaluation.h5").findings

    with h5py.File(OLDER_RUN / "results" / "evaluation.h5") as file:
        written = list(file["findings"].asstr()[()])
    assert [one.sentence for one in found] == written
    assert written[0].startswith("33.3% of 9 clips")


@pytest.mark.parametrize("name", ["pca_embedding", "clip_gallery"])
def test_a_result_that_had_no_sentences_has_no_findings(name) -> None:
    assert store.read(OLDER_RUN / "results" / f"{name}.h5").findings == ()
