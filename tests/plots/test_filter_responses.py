"""Figures of filter banks: what is drawn are the numbers of the bank."""

from dataclasses import replace

import numpy as np
import pytest
from torch import nn

from cnnviz.analyzers.filter_responses import FrequencyResponses
from cnnviz.errors import ParameterError
from cnnviz.model import ModelSpec, assemble
from cnnviz.plots.filter_responses import VIEWS, plot
from cnnviz.results import FilterResponses
from cnnviz.run import Run
from tests.plots.collisions import collisions


def responses_of(network: nn.Module, frontend: dict[str, object]) -> FilterResponses:
    contract = {"sample_rate": 16_000, "n_samples": 16_000, "frontend": frontend}
    spec = ModelSpec.from_dict(contract, source="test")
    model = assemble(network, spec, name="tiny", reference="test")
    return FrequencyResponses(null_draws=50).run(Run(model=model))


@pytest.fixture(scope="module")
def waveform() -> FilterResponses:
    network = nn.Sequential(nn.Conv1d(1, 8, 64, stride=8), nn.ReLU(), nn.Conv1d(8, 4, 9))
    return responses_of(network, {"kind": "waveform"})


@pytest.fixture(scope="module")
def spectrogram() -> FilterResponses:
    return responses_of(
        nn.Conv2d(1, 4, (5, 7)), {"kind": "log_mel", "n_fft": 400, "hop_length": 160, "n_mels": 40}
    )


@pytest.mark.parametrize(
    "view", sorted({*VIEWS} - {"untrained", "mel_pattern", "drift", "spectral_drift", "two_sided"})
)
def test_every_view_of_a_second_layer_names_its_axes(waveform: FilterResponses, view: str) -> None:
    ax = plot(waveform, view, layer="2")

    assert ax.get_xlabel()
    assert ax.get_ylabel()


@pytest.mark.parametrize("width", [3.3, 7.0])
@pytest.mark.parametrize("name", ["waveform", "spectrogram"])
def test_no_word_is_cut_or_over_another_at_the_widths_of_a_paper(
    name: str, width: float, request: pytest.FixtureRequest
) -> None:
    result = request.getfixturevalue(name)

    for view in result.views:
        assert collisions(result.plot(view, width=width).figure) == [], view


def test_taps_are_stems_from_zero(waveform: FilterResponses) -> None:
    ax = plot(waveform, "kernel", index=3)

    (stems,) = ax.collections
    ends = np.array([[foot, top] for (_, foot), (_, top) in stems.get_segments()])
    np.testing.assert_allclose(ends[:, 0], 0)
    np.testing.assert_allclose(ends[:, 1], waveform.banks[0].taps[3, 0], rtol=1e-6)


def test_delay_and_phase_are_those_of_the_filter(waveform: FilterResponses) -> None:
    responses = waveform.banks[1].responses

    delay = plot(waveform, "group_delay", layer="2", index=1).lines[0].get_ydata()
    phase = plot(waveform, "phase", layer="2", index=1).lines[0].get_ydata()

    np.testing.assert_array_equal(delay, 1000 * responses.group_delays[1])
    np.testing.assert_array_equal(phase, responses.phases[1])


def test_the_bank_is_drawn_in_order_relative_to_each_peak(waveform: FilterResponses) -> None:
    bank = waveform.banks[0]

    (mesh,) = plot(waveform).collections

    drawn = np.asarray(mesh.get_array()).reshape(8, -1)
    np.testing.assert_allclose(drawn.max(axis=1), 0, atol=0.1)
    row = bank.order[3]
    expected = bank.responses.magnitudes_db[row] - bank.table.peak_gain_db[row]
    np.testing.assert_allclose(drawn[3], expected, atol=1e-4)


def test_centres_stand_beside_even_steps_on_the_scales_that_were_compared() -> None:
    network = nn.Sequential(nn.Conv1d(1, 32, 80, stride=8), nn.Conv1d(32, 4, 9))
    result = responses_of(network, {"kind": "waveform"})
    bank = result.banks[0]
    scales = bank.summary.scales

    ax = plot(result, "centres")

    dots, *curves = [np.asarray(drawn.get_ydata()) for drawn in ax.lines]
    centres = np.sort(bank.table.centre_hz)
    np.testing.assert_array_equal(dots, centres)
    assert len(curves) == len(scales.names)
    for curve in curves:  # int(.05 * 31) = 1 centre is left out on either side
        np.testing.assert_allclose(curve[[0, -1]], centres[[1, -2]])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        *(f"even steps, {name}" for name in reversed(scales.compatible)),
        *(["rejected scales"] if scales.rejected else []),
    ]


def test_cumulative_responses_are_sums_over_live_filters(waveform: FilterResponses) -> None:
    levels = waveform.banks[0].responses.magnitudes_db.astype(float)
    amplitude, power = (10 ** (levels / 20)).sum(axis=0), (10 ** (levels / 10)).sum(axis=0)

    drawn = [line.get_ydata() for line in plot(waveform, "cumulative").lines]

    np.testing.assert_allclose(drawn[0], 20 * np.log10(amplitude / amplitude.max()), atol=1e-6)
    np.testing.assert_allclose(drawn[2], 10 * np.log10(power / power.max()), atol=1e-6)


def test_likeness_is_by_centre_and_marks_both_places_of_a_repeat(
    waveform: FilterResponses,
) -> None:
    bank = waveform.banks[0]
    repeats = bank.table.duplicate_of.copy()
    first, second = bank.order[2], bank.order[5]
    repeats[second] = first
    given = replace(bank, table=replace(bank.table, duplicate_of=repeats))

    ax = plot(replace(waveform, banks=(given,)), "likeness")

    magnitudes = 10 ** (bank.responses.magnitudes_db[bank.order].astype(float) / 20)
    units = magnitudes / np.linalg.norm(magnitudes, axis=1, keepdims=True)
    np.testing.assert_allclose(ax.images[0].get_array(), units @ units.T, atol=1e-6)
    assert set(zip(*ax.lines[0].get_data(), strict=True)) == {(5, 2), (2, 5)}


def test_a_response_is_that_of_the_filter_asked_for(waveform: FilterResponses) -> None:
    ax = plot(waveform, "response", index=5)

    np.testing.assert_array_equal(
        ax.lines[0].get_ydata(), waveform.banks[0].responses.magnitudes_db[5]
    )
    assert "filter 5" in ax.get_title()


def test_a_kernel_over_channels_is_sorted_by_their_centres(waveform: FilterResponses) -> None:
    bank = waveform.banks[1]

    ax = plot(waveform, "kernel", layer="2", index=2)

    drawn = np.asarray(ax.collections[0].get_array()).reshape(8, 9)
    np.testing.assert_array_equal(drawn, bank.taps[2][bank.channels.index])
    assert ax.get_xlabel() == "time (ms)"


def test_a_spectrogram_bank_shows_its_mean_modulation(spectrogram: FilterResponses) -> None:
    ax = plot(spectrogram)

    mesh = ax.collections[0]
    mean = spectrogram.banks[0].modulation.values.mean(axis=0)
    np.testing.assert_allclose(np.asarray(mesh.get_array()).reshape(mean.shape), mean)
    assert ax.get_ylabel() == "scale (cycles/octave at 1000 Hz)"
    assert ax.get_xlabel() == "rate (Hz); negative rates rise in frequency"


def test_channels_without_hertz_rise_along_the_channels(spectrogram: FilterResponses) -> None:
    modulation = replace(spectrogram.banks[0].modulation, scale_unit="cycles/channel")
    bank = replace(spectrogram.banks[0], modulation=modulation)

    ax = plot(replace(spectrogram, banks=(bank,)))

    assert ax.get_xlabel().endswith("; negative rates rise along the channels")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"view": "bars"}, "view='bars'; allowed: modulation"),
        ({"layer": "3"}, "layer='3'; allowed: ''"),
        ({"view": "kernel", "index": 9}, "index=9; allowed: 0 to 3"),
        ({"view": "coverage"}, "view='coverage'; allowed: modulation, .*it has no response"),
    ],
    ids=["view", "layer", "index", "quantity"],
)
def test_what_is_not_there_is_refused(
    spectrogram: FilterResponses, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        plot(spectrogram, **options)


def test_modulation_of_a_first_layer_is_refused(waveform: FilterResponses) -> None:
    with pytest.raises(ParameterError, match="its taps span no frequency axis"):
        plot(waveform, "modulation", layer="0")


def test_aliasing_is_the_share_of_energy_per_zone_in_order_of_display(
    waveform: FilterResponses,
) -> None:
    bank = waveform.banks[0]
    powers = np.abs(np.fft.rfft(bank.responses.kernels.taps, 8 * 2 * 512, axis=1)) ** 2
    zones = [powers[:, 512 * k : 512 * (k + 1)].sum(axis=1) for k in range(8)]  # stride 8
    expected = np.stack(zones, axis=1)[bank.order]

    (mesh,) = plot(waveform, "aliasing").collections

    drawn = np.asarray(mesh.get_array()).reshape(8, 8)
    np.testing.assert_allclose(drawn, expected / expected.sum(1, keepdims=True), atol=2e-3)


def test_a_folded_response_has_the_gain_of_each_zone_at_its_alias(
    waveform: FilterResponses,
) -> None:
    taps = waveform.banks[0].responses.kernels.taps[2]

    ax = plot(waveform, "folded", index=2)

    rows = {line.get_label(): line for line in ax.lines}
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert len(rows) == len(names) == 5
    hertz, levels = ax.lines[0].get_data()
    low, high = (1000 * float(end) for end in names[0].removesuffix(" kHz").split("-"))
    is_even = round(low / 1000) % 2 == 0
    tones = low + hertz if is_even else high - hertz
    gains = np.abs(np.exp(-2j * np.pi * np.outer(tones / 16_000, np.arange(64))) @ taps)
    np.testing.assert_allclose(levels, 20 * np.log10(gains), atol=1e-6)


def test_without_a_stride_no_aliasing_is_drawn(spectrogram: FilterResponses) -> None:
    with pytest.raises(ParameterError, match="its stride folds nothing"):
        plot(spectrogram, "aliasing")
