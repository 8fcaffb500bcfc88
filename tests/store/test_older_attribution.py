"""Records of format 1 say in today's types what they said."""

from pathlib import Path

import numpy as np
import pytest

from cnnviz import store
from cnnviz.dsp.stft import display_window, relevance_grid
from cnnviz.provenance import Provenance
from cnnviz.results import Relevance
from cnnviz.store.older import UPGRADES

N = 4000
OLDER = Path(__file__).parent / "older_run" / "results"


def attribution_fields(rate, *, method="integrated_gradients", n_steps=304):
    """As format 1 wrote an attribution of two clips, and the root's own attribute."""
    window = display_window(rate)
    grid = relevance_grid(N, window=window, hop=window // 4, sample_rate=rate)
    generator = np.random.default_rng(0)
    shape = (2, len(grid.frequencies), len(grid.times))
    return {
        "cnnviz_format": "cnnviz-result-1",
        "method": method,
        "clip_index": np.array([3, 9]),
        "targets": np.array([1, 0]),
        "target_names": ("no", "yes"),
        "waveform": generator.normal(size=(2, N)).astype(np.float32),
        "time_frequency": generator.normal(size=shape).astype(np.float32),
        "grid": grid,
        "baseline": "silence (all samples 0)",
        "output": "logits",
        "scores": np.array([5.0, 3.0]),
        "baseline_scores": np.array([1.0, 0.5]),
        "completeness_errors": np.array([0.001, 0.2]),
        "converged": np.array([True, False]),
        "energy_correlations": np.array([0.5, 0.1]),
        "n_steps": n_steps,
        "provenance": Provenance(created="2026-01-01T00:00:00Z"),
    }


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000, 96000])
def test_the_sample_rate_of_an_attribution_is_exact(rate):
    found = UPGRADES["Attribution"](attribution_fields(rate))

    assert (found.sample_rate, type(found.sample_rate)) == (rate, int)
    assert found.samples.grid.times[-1] == pytest.approx((N - 1) / rate)


def test_an_attribution_keeps_its_numbers():
    given = attribution_fields(16000)

    found = UPGRADES["Attribution"](given)

    np.testing.assert_array_equal(found.samples.values, given["waveform"])
    np.testing.assert_array_equal(found.plane.values, given["time_frequency"])
    np.testing.assert_array_equal(found.target.class_index, [1, 0])
    table = found.to_dataframe()
    assert table["clip_index"].tolist() == [3, 9]
    assert table["target_names"].tolist() == ["no", "yes"]
    names = ("scores", "baseline_scores", "completeness_errors", "converged", "energy_correlations")
    for name in names:
        np.testing.assert_array_equal(table[name], given[name])
    assert (found.promises_completeness, found.n_steps) == (True, 304)


def test_a_clip_that_did_not_converge_is_still_named():
    (found,) = UPGRADES["Attribution"](attribution_fields(16000)).findings

    assert found.sentence == "Not converged: completeness error 20 %."
    assert found.fragment == "attribution=9:integrated_gradients"


def test_one_step_meant_that_no_completeness_is_promised():
    given = attribution_fields(16000, method="input_x_gradient", n_steps=1)
    given["converged"] = np.array([True, True])

    found = UPGRADES["Attribution"](given)

    assert not found.promises_completeness
    assert (found.checks.converged, found.n_steps, found.findings) == (None, None, ())
    np.testing.assert_array_equal(found.checks.completeness_errors, [0.001, 0.2])


def test_a_record_without_one_of_its_fields_is_refused():
    given = attribution_fields(16000)
    del given["scores"]

    with pytest.raises(KeyError, match="scores"):
        UPGRADES["Attribution"](given)


@pytest.mark.parametrize("method", ["integrated_gradients", "input_x_gradient"])
def test_a_file_of_format_1_is_read(method):
    found = store.read(OLDER / f"{method}.h5")

    assert isinstance(found, Relevance)
    assert (found.method, found.provenance.analyzer) == (method, method)
    assert found.sample_rate == 4000
    gain = found.scores - found.baseline_scores
    errors = np.abs(found.samples.totals - gain) / np.abs(gain)
    np.testing.assert_allclose(errors, found.checks.completeness_errors, rtol=1e-2, atol=1e-5)
    np.testing.assert_allclose(found.plane.totals, found.samples.totals, atol=1e-6)
