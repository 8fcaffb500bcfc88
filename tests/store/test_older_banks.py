"""Flat filter banks of older files as banks of this version."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from cnnviz import store
from cnnviz.results import Bank, FilterResponses, FilterTable
from cnnviz.store.older import upgrade_filter_bank


def flat_bank(**changes: object) -> dict[str, object]:
    """Fields of a flat bank of two filters that has neither responses nor modulation."""
    unknown = np.full(2, np.nan)
    names = FilterTable.__dataclass_fields__
    words = {"shape": ("dead", "untuned"), "notes": ("", ""), "dead": np.array([True, False])}
    fields: dict[str, object] = {
        "layer": "conv",
        "kind": "1d",
        "description": "Conv1d 1->2, 3 taps (no graph: from weights alone)",
        "policy": "no graph",
        "sample_rate": float("nan"),
        "taps": np.ones((2, 1, 3), np.float32),
        "tap_seconds": np.empty(0),
        "kernels": np.empty((0, 0)),
        "kernel_seconds": np.empty(0),
        "kernel_offset": float("nan"),
        "kernel_jump": float("nan"),
        "frequencies": np.empty(0),
        "magnitudes_db": np.empty((2, 0), np.float32),
        "phases": np.empty((2, 0), np.float32),
        "group_delays": np.empty((2, 0), np.float32),
        "channel_magnitudes_db": np.empty((0, 0, 0), np.float32),
        "channel_order": np.empty(0, np.int64),
        "channel_centre_hz": np.empty(0),
        "modulation": np.empty((0, 0, 0), np.float32),
        "rates": np.empty(0),
        "scales": np.empty(0),
        "rate_unit": "cycles/frame",
        "scale_unit": "cycles/channel",
        "reference_hz": None,
        "order": np.array([1, 0]),
        "table": FilterTable(**(dict.fromkeys(names, unknown) | words)),
        "findings": ("2 filters: 1 untuned, 1 dead", "Dead: 1 filter (0)."),
    }
    return fields | changes


def upgraded(**changes: object) -> Bank:
    return upgrade_filter_bank(flat_bank(**changes))


def test_what_was_empty_is_absent() -> None:
    bank = upgraded()

    assert bank.responses is bank.modulation is bank.channels is None
    assert bank.tap_seconds is bank.sample_rate is None
    assert bank.untrained is bank.details is bank.stride is None
    assert bank.table.shape == ("dead", "untuned")


def test_sentences_become_findings_in_their_order() -> None:
    findings = upgraded().findings

    assert [finding.sentence for finding in findings] == list(flat_bank()["findings"])
    assert len({finding.id for finding in findings}) == 2


def test_responses_keep_their_kernels_and_curves() -> None:
    curves = np.arange(8.0, dtype=np.float32).reshape(2, 4)
    names = ("magnitudes_db", "phases", "group_delays")

    bank = upgraded(
        kernels=np.arange(6.0).reshape(2, 3),
        kernel_seconds=np.arange(3) / 8000,
        kernel_offset=-2.0,
        kernel_jump=4.0,
        frequencies=np.arange(4.0),
        **{name: curves + k for k, name in enumerate(names)},
    )

    found = bank.responses
    assert found is not None
    np.testing.assert_array_equal(found.kernels.taps, np.arange(6.0).reshape(2, 3))
    assert (found.kernels.offset, found.kernels.jump) == (-2.0, 4.0)
    for k, name in enumerate(names):
        np.testing.assert_array_equal(getattr(found, name), curves + k)
    assert found.channel_magnitudes_db is None


@pytest.mark.parametrize(
    ("kernels", "kept"),
    [(np.ones((2, 4, 3)), True), (np.ones((2, 9)), False), (np.empty((0, 0)), False)],
    ids=["on the spectrogram", "at the waveform", "none"],
)
def test_modulation_keeps_the_kernels_it_was_read_from(kernels: np.ndarray, kept: bool) -> None:
    bank = upgraded(
        kernels=kernels,
        modulation=np.ones((2, 3, 4), np.float32),
        rates=np.arange(4.0),
        scales=np.arange(3.0),
        rate_unit="Hz",
        reference_hz=1000.0,
    )

    found = bank.modulation
    assert found is not None
    assert (found.values.shape, found.rate_unit, found.reference_hz) == ((2, 3, 4), "Hz", 1000.0)
    assert (found.kernels is not None) == kept


def test_sorted_channels_keep_order_and_centres() -> None:
    bank = upgraded(channel_order=np.array([2, 0, 1]), channel_centre_hz=np.array([1.0, 2.0, 3.0]))

    assert bank.channels is not None
    assert bank.channels.index.tolist() == [2, 0, 1]
    assert bank.channels.centre_hz.tolist() == [1.0, 2.0, 3.0]


def test_banks_of_an_older_file_hold_its_numbers() -> None:
    path = Path(__file__).with_name("older_run") / "results" / "filter_responses.h5"

    result = store.read(path)

    assert isinstance(result, FilterResponses)
    with h5py.File(path) as file:
        for index, bank in enumerate(result.banks):
            old = file[f"banks/{index}"]
            assert bank.responses is not None
            np.testing.assert_array_equal(bank.responses.magnitudes_db, old["magnitudes_db"][()])
            np.testing.assert_array_equal(bank.responses.kernels.taps, old["kernels"][()])
            np.testing.assert_array_equal(bank.table.centre_hz, old["table/centre_hz"][()])
            sentences = [text.decode() for text in old["findings"][()]]
            assert [finding.sentence for finding in bank.findings] == sentences
    assert result.banks[1].channels is not None
