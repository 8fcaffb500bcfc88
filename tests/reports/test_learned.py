"""What a page says first of a network: what learning changed, or that nothing did."""

from dataclasses import replace

import numpy as np
import pytest
import report_results
import torch
from synthetic import bank, responses
from torch import nn

from cnnviz.analyzers.filter_responses import FrequencyResponses
from cnnviz.results import TwinRange, Untrained
from cnnviz.run import Run
from reports.page import walk
from reports.parts import Findings, Group, Table
from reports.sections import layer_statistics
from reports.sections.learned import section
from tests.filterbanks.models import model_of

N_FILTERS, N_TAPS = 32, 64


def beside(value: float, *, is_own: bool = True) -> Untrained:
    found = TwinRange(name="peakier filters", value=value, low=0.0, high=5.0, chance=0.05)
    few = TwinRange(name="repeating filters", value=9.0, low=0.0, high=1.0, chance=0.5)
    return Untrained(
        null="5 networks built again",
        is_own=is_own,
        n_banks=5,
        ranges=(found, few),
        least_repeat=0.96,
    )


def run_of(untrained: Untrained | None) -> Run:
    return Run(results=[replace(responses(), banks=(replace(bank(), untrained=untrained),))])


def network() -> nn.Sequential:
    return nn.Sequential(nn.Conv1d(1, N_FILTERS, N_TAPS), nn.ReLU(), nn.Conv1d(N_FILTERS, 4, 3))


def trained() -> nn.Sequential:
    made = network()
    time = np.arange(N_TAPS) - N_TAPS / 2
    centres = np.geomspace(0.02, 0.4, N_FILTERS)[:, None]
    taps = np.exp(-0.5 * (time / 12) ** 2) * np.cos(2 * np.pi * centres * time)
    made[0].weight.data = torch.tensor(taps, dtype=torch.float32)[:, None]
    return made


def first_sentence(made: nn.Sequential) -> str:
    result = FrequencyResponses(null_draws=200).run(Run(model=model_of(made, n_samples=1000)))
    return first(section(Run(results=[result]))).items[0].sentence


def first(chapter) -> Findings:
    return next(part for part in walk(chapter.parts) if isinstance(part, Findings))


def test_a_trained_network_is_told_apart_in_the_first_sentence() -> None:
    torch.manual_seed(0)

    assert "The clearest: 0: 32 of 32 peakier filters" in first_sentence(trained())


@pytest.mark.parametrize("seed", [0, 1])
def test_nothing_distinguishes_an_untrained_network(seed: int) -> None:
    torch.manual_seed(seed)

    assert first_sentence(network()).startswith(
        "Nothing measured here distinguishes this network from its untrained twins: of "
    )


def test_rows_link_to_their_chapter_and_few_twins_tell_nothing_apart() -> None:
    chapter = section(run_of(beside(30.0)))

    (table,) = [part for part in walk(chapter.parts) if isinstance(part, Table)][:1]
    digest = responses().provenance.digest
    assert [row[0].target for row in table.rows] == [f"filters-conv1.{digest}"] * 2
    assert [row[-1].text for row in table.rows] == ["outside", "not told apart: too few twins"]
    assert table.rows[0][1:6] == (30.0, len(bank().order) - 1, 0.0, 5.0, 5.0)


def test_filters_of_another_kind_than_the_network_draws_tell_nothing_apart() -> None:
    chapter = section(run_of(beside(30.0, is_own=False)))

    assert first(chapter).items[0].sentence.startswith("Nothing is told apart")


def test_without_twins_there_is_no_chapter() -> None:
    assert section(run_of(None)) is None
    assert section(Run(results=())) is None


def test_cosines_to_the_initial_taps_stand_below() -> None:
    chapter = section(run_of(beside(30.0)))

    table = next(
        part for part in walk(chapter.parts) if getattr(part, "name", "") == "learned-drift"
    )
    assert table.rows[0][1] == pytest.approx(np.median(bank().table.drift_cosine))
    assert [part.title for part in chapter.parts if isinstance(part, Group)] == ["conv1"]


def test_the_overview_begins_with_the_same_sentence() -> None:
    (filters,) = run_of(beside(30.0))
    run = Run(results=[report_results.layer_statistics(), filters])

    overview, chapter = layer_statistics.section(run), section(run)

    assert overview.parts[0].items == first(chapter).items
    assert chapter.anchor == "learned"
