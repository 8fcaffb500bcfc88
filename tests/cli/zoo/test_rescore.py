"""``cnnviz zoo rescore``: cards of trained weights renewed from the clips they name."""

import json

import pytest

from cnnviz.datasets import read_clips
from tests.cli.commands import exit_code
from tests.zoo import tones
from tests.zoo.table import cards
from zoo import catalogue
from zoo.corpus import read_corpus

NAME = "custom_k9_ch8-4"


@pytest.fixture
def data(tmp_path):
    return tones.write(tmp_path / "tones")


@pytest.fixture
def card(tmp_path, monkeypatch, data):
    """Weights that nobody trained, and a card that says something else."""
    from cnnviz.model import write_checkpoint

    monkeypatch.chdir(tmp_path)
    family = catalogue.family_of(NAME)
    contract = family.spec(NAME, ())
    clips = read_clips(data, sample_rate=contract.sample_rate, n_samples=contract.n_samples)
    corpus = read_corpus(clips)
    folder = tmp_path / "runs" / NAME
    path = cards.write(folder, cards.card(NAME, 0.123, data_digest=corpus.digest))
    network = family.build(NAME, len(corpus.class_names)).eval()
    write_checkpoint(folder / f"{NAME}.safetensors", network, family.spec(NAME, corpus.class_names))
    return path


def test_the_new_score_is_printed_and_stands_on_the_card(card, data, capsys):
    assert exit_code("zoo", "rescore", NAME, "--data", data) == 0

    accuracy = json.loads(card.read_text("utf-8"))["test"]["accuracy"]
    assert accuracy != 0.123
    assert f"{NAME}: {accuracy:.4f} (" in capsys.readouterr().out


def test_an_unknown_network_is_refused_and_nothing_is_written(card, data, capsys):
    before = card.read_bytes()

    assert exit_code("zoo", "rescore", "nobody", "--data", data) == 1

    assert "nobody" in capsys.readouterr().err
    assert card.read_bytes() == before
