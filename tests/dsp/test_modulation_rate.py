"""Best rate, cut-off and group delay against closed forms."""

import numpy as np
import pytest

from cnnviz.dsp.modulation_rate import best_rates, cut_offs, group_delays

RATES = 2 * 2 ** (np.arange(60) / 8)


def test_a_first_order_low_pass_falls_by_3_db_at_its_corner():
    transfer = 1 / np.sqrt(1 + (RATES / 20.0) ** 2)

    assert best_rates(transfer[None], RATES)[0] == RATES[0]
    assert cut_offs(transfer[None], RATES)[0] == pytest.approx(20.2, rel=0.002)  # re 2 Hz
    assert np.isnan(cut_offs(transfer[None], RATES, below=True)[0])


def test_a_resonance_has_a_best_rate_and_a_cut_off_on_either_side():
    q, centre = 2.0, 30.0
    transfer = 1 / np.sqrt(1 + q**2 * (RATES / centre - centre / RATES) ** 2)
    half = centre / (2 * q)
    corners = np.sqrt(centre**2 + half**2) + np.array([-half, half])

    assert best_rates(transfer[None], RATES)[0] == pytest.approx(centre, rel=0.1)
    assert cut_offs(transfer[None], RATES, below=True)[0] == pytest.approx(corners[0], rel=0.01)
    assert cut_offs(transfer[None], RATES)[0] == pytest.approx(corners[1], rel=0.01)


def test_what_does_not_fall_or_was_not_measured_has_no_cut_off():
    flat, nothing = np.ones(4), np.full(4, np.nan)

    rates = best_rates(np.stack([flat, nothing]), RATES[:4])

    np.testing.assert_array_equal(rates, [RATES[0], np.nan])
    assert np.isnan(cut_offs(np.stack([flat, nothing]), RATES[:4])).all()


@pytest.mark.parametrize("delay", [-0.06, 0.0, 0.0123, 0.08])
@pytest.mark.parametrize("sign", [1, -1], ids=["raised", "lowered"])
def test_a_delay_is_found_where_phases_turn_more_than_once_between_rates(delay, sign):
    rates = np.array([2, 4, 8, 16, 32, 64.0])
    components = sign * np.exp(-2j * np.pi * rates * delay)[None] / (1 + rates / 10)

    found = group_delays(components, rates, longest_seconds=0.1)

    assert found[0] == pytest.approx(delay, abs=1e-9)
