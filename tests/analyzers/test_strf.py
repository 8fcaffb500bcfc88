"""Receptive fields of planted units on spectrograms, and where none may be shown."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz import api
from cnnviz.analyzers._strf_cells import SpectrogramCells, rows_of, spectrogram_cells
from cnnviz.analyzers._strf_findings import layer_finding
from cnnviz.analyzers.strf import LaggedRidge
from cnnviz.errors import ParameterError
from cnnviz.frontend import FrontendSpec
from cnnviz.grid import ReceptiveField
from cnnviz.model import ModelSpec, assemble
from cnnviz.probing.excerpts import mixtures
from cnnviz.run import Run
from reports.parts import Multiples, Table
from reports.sections.strf import section
from tests.analyzers.odd_networks import odd_model

RATE, N, N_CLIPS = 8000, 4800, 36
LOG_MEL = FrontendSpec(kind="log_mel", n_fft=256, hop_length=80, n_mels=20, mean=-40.0, std=15.0)


@pytest.fixture(scope="module")
def clips():
    generator = np.random.default_rng(0)
    return mixtures(N_CLIPS, n_samples=N, sample_rate=RATE, generator=generator).astype(np.float32)


@pytest.fixture
def run_of(clips, recorded):
    def build(*network, frontend=FrontendSpec(), groups=(), n_clips=N_CLIPS):  # noqa: B008 (frozen)
        spec = ModelSpec(sample_rate=RATE, n_samples=N, frontend=frontend)
        model = assemble(nn.Sequential(*network).eval(), spec, name="net", reference="net")
        capture = recorded(
            logits=np.zeros((n_clips, 2)), labels=np.arange(n_clips) % 2, groups=groups,
            audio=clips[:n_clips].copy(), audio_index=np.arange(n_clips), sample_rate=RATE,
        )  # fmt: skip
        return Run(model=model, capture=capture)

    return build


def regressed(run, *, layers=("0",), n_twins=0, **parameters):
    return LaggedRidge(layers=layers, n_twins=n_twins, **parameters).run(run)


def planted_plane(kernels):
    """A convolution over all bands of a log-mel spectrogram, kernels (unit, band, frame)."""
    layer = nn.Conv2d(1, len(kernels), kernels.shape[1:])
    with torch.no_grad():
        layer.weight.copy_(torch.as_tensor(kernels, dtype=torch.float32)[:, None])
    return layer


def sweeps(n_frames=6):
    band, frame = np.arange(20)[:, None] - 8, np.arange(n_frames) - n_frames / 2
    waves = [np.cos(2 * np.pi * (band / 8 + sign * frame / 6)) for sign in (1, -1)]
    return np.stack(waves) * np.exp(-((band / 4) ** 2) - (frame / 2) ** 2)


def test_a_linear_unit_on_log_mel_cells_has_its_kernel_as_field(run_of):
    kernels = sweeps()

    run = run_of(planted_plane(kernels), frontend=LOG_MEL)
    result = regressed(run)

    (one,) = result.layers
    cells = spectrogram_cells(run.model, run.capture.audio)
    expected = kernels * cells.values.std(axis=(0, 2))[:, None]  # per deviation of a cell
    for found, wanted in zip(one.kernels, expected[..., ::-1], strict=True):
        assert np.corrcoef(found.ravel(), wanted.ravel())[0, 1] > 0.99
    assert one.held_out_correlations.min() > 0.99
    np.testing.assert_allclose(one.lags_seconds, 0.01 * np.arange(6))
    np.testing.assert_allclose(one.frequencies, cells.frequencies)
    assert one.cell_seconds == pytest.approx((256 + 5 * 80) / RATE)
    assert one.n_rows == N_CLIPS * (61 - 5)
    assert result.spectrogram.startswith("the network's own log-mel cells: 20 bands, 32 ms every")


def test_a_unit_that_hears_one_band_late_has_its_largest_weight_there(run_of):
    kernel = np.zeros((1, 20, 6))
    kernel[0, 12, 1] = 1.0  # four frames before the latest

    (one,) = regressed(run_of(planted_plane(kernel), frontend=LOG_MEL)).layers

    assert one.columns["best_hz"][0] == one.frequencies[12]
    assert one.columns["best_lag_seconds"][0] == pytest.approx(0.04)


def band_pass(hertz, n_taps=200):
    times = np.arange(n_taps) / RATE
    wave = np.hanning(n_taps) * np.cos(2 * np.pi * hertz * times)
    layer = nn.Conv1d(1, 1, n_taps, stride=8, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(wave[None, None], dtype=torch.float32))
    return layer


@pytest.mark.parametrize("hertz", [600.0, 1800.0])
def test_a_rectified_band_of_a_waveform_network_lies_at_its_frequency(run_of, hertz):
    result = regressed(run_of(band_pass(hertz), nn.ReLU()))

    (one,) = result.layers
    assert "which the network hears as waveforms: 32 bands, 16 ms every 5 ms" in result.spectrogram
    assert one.is_shown.all()
    assert one.held_out_correlations[0] > 0.6
    assert one.columns["best_hz"][0] == pytest.approx(hertz, rel=0.15)
    assert len(one.lags_seconds) == 200 // 40 + 1


def test_the_same_band_before_its_rectifier_has_no_field(run_of):
    """Means of a wave over 5 ms are next to nothing, and tell nothing of its level."""
    result = regressed(run_of(band_pass(1800.0), nn.Identity(), nn.Conv1d(1, 2, 3)))

    (one,) = result.layers
    assert not one.is_shown.any()
    assert np.isnan(one.columns["best_hz"]).all()
    (finding,) = result.findings
    assert finding.sentence.startswith("0: the answers of 0 of 1 unit to held-out clips follow")
    assert result.views == {"correlations": {}}
    with pytest.raises(ParameterError, match="no unit's answers to held-out clips are predicted"):
        result.plot("strf")


class Shuffled(nn.Module):
    """Answers to another clip of the batch."""

    def forward(self, x):
        return x.roll(1, 0)


def test_answers_to_other_clips_are_not_shown(run_of):
    plane = planted_plane(np.repeat(sweeps(), 6, axis=0))
    network = (Shuffled(), plane)

    (one,) = regressed(run_of(*network, frontend=LOG_MEL), layers=("1",)).layers

    assert not one.is_shown.any()
    assert np.abs(one.held_out_correlations).max() < 0.2


def test_speakers_are_held_out_whole_where_they_are_known(run_of):
    speakers = tuple(f"s{k // 4}" for k in range(N_CLIPS))
    plane = planted_plane(sweeps())

    grouped = regressed(run_of(plane, frontend=LOG_MEL, groups=speakers))
    alone = regressed(run_of(plane, frontend=LOG_MEL, groups=("one",) * N_CLIPS))

    assert (grouped.held_out_by, alone.held_out_by) == ("speaker or recording", "clip")
    assert grouped.n_folds == 4


def test_too_few_clips_are_refused(run_of):
    with pytest.raises(ParameterError, match="5 clips have sound; allowed: at least 6"):
        regressed(run_of(planted_plane(sweeps()), frontend=LOG_MEL, n_clips=5))


def test_layers_without_cells_in_time_are_left_out_with_the_reason(run_of):
    network = (planted_plane(sweeps()), nn.ReLU(), nn.AdaptiveAvgPool2d(1))

    result = regressed(run_of(*network, frontend=LOG_MEL), layers=("0", "2"))

    assert [one.layer for one in result.layers] == ["0"]
    assert result.left_out == ("2: it has no cells along time",)


@pytest.mark.parametrize(
    ("name", "layers", "left_out"),
    [
        ("silent", ["0", "4"], ()),
        ("recurrent", ["first"], ("second: it has no cells along time",)),
        ("planes", ["0", "3"], ()),
    ],
)
def test_unusual_networks_are_read_or_told_what_they_cannot_have(recorded, name, layers, left_out):
    model = odd_model(name)
    audio = np.random.default_rng(0).normal(size=(8, model.n_samples)).astype(np.float32)
    capture = recorded(
        logits=np.zeros((8, 2)), labels=np.zeros(8, int), audio=audio, audio_index=np.arange(8),
        sample_rate=model.sample_rate,
    )  # fmt: skip

    result = regressed(Run(model=model, capture=capture), layers=(), n_twins=1)

    assert ([one.layer for one in result.layers], result.left_out) == (layers, left_out)
    if name == "silent":
        silent = [np.isnan(one.held_out_correlations).tolist() for one in result.layers]
        assert silent == [[True, True, False, False], [True] * 4]


def test_long_fields_are_read_on_coarser_cells_about_their_middle(run_of):
    network = (nn.Conv2d(1, 2, (20, 40)), nn.ReLU())

    (whole,) = regressed(run_of(*network, frontend=LOG_MEL)).layers
    (short,) = regressed(run_of(*network, frontend=LOG_MEL), longest_seconds=0.1).layers

    assert whole.kernels[0].size <= 768
    assert whole.lags_seconds[-1] <= 0.3  # half a clip
    assert short.lags_seconds[-1] == pytest.approx(0.1)


def test_cepstral_networks_are_read_on_the_levels_below(run_of):
    mfcc = FrontendSpec(kind="mfcc", n_fft=256, hop_length=80, n_mels=20, n_mfcc=13)

    result = regressed(run_of(nn.Conv2d(1, 3, (13, 3)), frontend=mfcc))

    (one,) = result.layers
    assert one.held_out_correlations.min() > 0.99  # a cosine transform of them
    assert len(one.frequencies) == 20


def test_the_logarithm_of_silence_is_the_lowest_level(run_of):
    run = run_of(nn.Conv2d(1, 2, (20, 3)), frontend=replace(LOG_MEL, log="ln", amin=0.0))
    run.capture.audio[3, 2000:] = 0

    cells = spectrogram_cells(run.model, run.capture.audio)

    assert np.isfinite(cells.values).all()
    assert cells.values[3, :, -1].tolist() == [cells.values.min()] * 20


@pytest.mark.parametrize("kernel", [3, 4])
def test_rows_hold_the_frames_that_a_cell_sees(kernel):
    frames = ReceptiveField(offset=-128, jump=80, size=256)
    cells = SpectrogramCells(
        values=np.zeros((1, 2, 20)), frequencies=np.ones(2), frames=frames, words="", is_own=True
    )
    field = ReceptiveField().through(kernel, stride=2, padding=1).on(frames)

    rows = rows_of(field, 10, cells, cells.reach(field))

    assert rows.n_lags == kernel
    expected = [2 * m - 1 for m in range(10) if 0 <= 2 * m - 1 <= 20 - kernel]
    assert rows.starts.tolist() == expected
    assert rows.cells[rows.firsts].tolist() == [(s + 1) // 2 for s in expected]


def test_cells_finer_than_frames_are_averaged():
    frames = ReceptiveField(offset=0, jump=40, size=128)
    cells = SpectrogramCells(
        values=np.zeros((1, 2, 20)), frequencies=np.ones(2), frames=frames, words="", is_own=False
    )
    field = ReceptiveField().through(80, stride=8)

    rows = rows_of(field, 90, cells, cells.reach(field))

    assert set(np.diff(rows.firsts)) == {5}  # cells of 8 in frames of 40 audio samples
    values = np.arange(90.0)[None]
    np.testing.assert_allclose(rows.means(values)[0, 1], values[0, rows.cells][rows.firsts[1]] + 2)
    centres = field.centres(90)[rows.cells[rows.firsts]]
    first_frame = frames.centres(20)[rows.starts]
    assert (first_frame >= centres - 40 - 0.5).all()
    assert (first_frame < centres - 40 + 40.5).all()


def test_twins_stand_beside(run_of):
    torch.manual_seed(0)
    result = regressed(run_of(nn.Conv2d(1, 40, (20, 4)), nn.ReLU(), frontend=LOG_MEL), n_twins=3)

    (one,) = result.layers
    (finding,) = result.findings
    assert one.twin_p.shape == (3, 32)
    assert one.is_shown.sum() >= 24  # some rectifiers hardly open
    told = re.search(r"; untrained twins: (\d+) to (\d+) of 32 at 0", finding.sentence)
    counts = (one.twin_p < 0.01).sum(axis=1)
    assert [int(number) for number in told.groups()] == [counts.min(), counts.max()]
    assert finding.null == pytest.approx(0.4)
    assert layer_finding(one) == finding
    (row,) = result.beside_twins()
    assert (row.what, row.n) == ("units of unusual STRF correlation", 40)


def test_a_page_shows_fields_of_units_that_have_one(run_of, tmp_path):
    kernels = np.concatenate([sweeps(), np.zeros((1, 20, 6))])
    result = regressed(run_of(planted_plane(kernels), frontend=LOG_MEL))

    group = section(Run(results=[result])).parts[-1]
    page = api.render(Run(results=[result]), tmp_path, title="fields").read_text("utf-8")
    (pictures,) = (part for part in group.parts if isinstance(part, Multiples))
    (table,) = (part for part in group.parts if isinstance(part, Table))

    assert f'id="{result.fragment("strf-0")}"' in page
    assert len(pictures.parts) == 2
    assert len(table.rows) == 3
    assert table.rows[2][1:] == (None,) * 5
    assert pictures.data.text.startswith("frequency_hz,lag_seconds,unit_0,unit_1\n")
    assert "own log-mel cells" in result.plot("strf", index=1).get_xlabel()
    assert len(result.to_dataframe()) == 3
