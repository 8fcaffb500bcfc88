"""The folder of corpora is the list, and its entries can be fetched and read."""

import pytest

from cnnviz import registry
from cnnviz.errors import UnknownNameError
from zoo.downloads import load, names, offers


@pytest.mark.parametrize("name", names())
def test_an_entry_says_what_people_need_to_know(name):
    corpus = load(name)

    assert corpus.name == name
    assert corpus.layout in registry.names("cnnviz.datasets")
    assert corpus.archive.url.startswith("https://")
    assert corpus.homepage.startswith("https://")
    assert corpus.licence
    assert corpus.citation
    assert corpus.archive.published
    assert corpus.counts or corpus.files


@pytest.mark.parametrize("name", names())
def test_an_entry_bounds_what_may_come_out(name):
    """More than the archive, and for sound never more than ten times of it."""
    archive = load(name).archive

    if archive.n_bytes is not None:
        assert archive.n_bytes < archive.most_bytes < 10 * archive.n_bytes


@pytest.mark.parametrize("name", names())
def test_a_host_that_keeps_its_bytes_has_a_published_digest(name):
    archive = load(name).archive

    assert archive.digest is not None or not archive.is_fixed


def test_the_digests_are_those_published():
    digests = {name: load(name).archive.digest for name in names()}

    assert digests["urbansound8k"] == "md5:9aa69802bbf37fb986f71ec1483a196e"
    assert digests["nsynth_test"] == "md5:5e6f8719bf7e16ad0a00d518b78af77d"
    assert digests["audiomnist"] is None
    assert len({digest for digest in digests.values() if digest}) == 8


def test_an_unknown_corpus_gets_the_nearest_name():
    with pytest.raises(UnknownNameError, match=r"'nsynth' is not one of the corpora: .*nsynth_tr"):
        load("nsynth")


def test_a_folder_that_cnnviz_did_not_fetch_is_listed_as_such(tmp_path):
    (tmp_path / "fsdd").mkdir()
    (tmp_path / "fsdd" / "a.wav").touch()

    at_hand = {offer.name: offer.at_hand for offer in offers(tmp_path)}

    assert at_hand["fsdd"] == "not fetched by cnnviz"
    assert at_hand["esc50"] == "no"
