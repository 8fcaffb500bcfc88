"""Frontends equal librosa and know where their cells lie."""

import librosa
import numpy as np
import pytest
import scipy.signal
import torch

from cnnviz.errors import ParameterError, ShapeError
from cnnviz.frontend import FrontendSpec, build_frontend
from cnnviz.grid import ReceptiveField

RATE = 16_000
LOG_MEL = {"kind": "log_mel", "n_fft": 480, "hop_length": 160, "n_mels": 40}
TOLERANCE = 1e-4  # float32 here, partly float64 in librosa


def clip(n_samples: int = 8000) -> np.ndarray:
    """A chirp in noise, float32 (samples,)."""
    noise = 0.01 * np.random.default_rng(0).normal(size=n_samples)
    chirp = librosa.chirp(fmin=50, fmax=7000, sr=RATE, length=n_samples)
    return (0.3 * chirp + noise).astype(np.float32)


def output(waveform: np.ndarray, **spec: object) -> np.ndarray:
    frontend = build_frontend(FrontendSpec(**spec), sample_rate=RATE)
    return frontend(torch.from_numpy(waveform)[None])[0].numpy()


def mel(waveform: np.ndarray, **options: object) -> np.ndarray:
    return librosa.feature.melspectrogram(
        y=waveform, sr=RATE, **{"n_fft": 480, "hop_length": 160, "n_mels": 40, **options}
    )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"win_length": 400},
        {"n_fft": 512, "win_length": 401, "hop_length": 127},
        {"htk": True, "norm": None},
        {"fmin": 60.0, "fmax": 7600.0},
        {"power": 1},
        {"center": False},
        {"pad_mode": "reflect"},
        {"window": "hamming"},
        {"n_fft": 256, "n_mels": 128},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:Empty filters detected")
def test_log_mel_equals_librosa(options: dict[str, object]) -> None:
    waveform = clip()
    power = float(options.get("power", 2))
    expected = mel(waveform, **options)
    to_db = librosa.power_to_db if power == 2 else librosa.amplitude_to_db
    amin = 1e-10 if power == 2 else 1e-5

    found = output(waveform, **{**LOG_MEL, **options, "amin": amin})[0]

    assert found.shape == expected.shape
    loud = expected > 1e-5 ** (power / 2) * expected.max()  # below, float32 sums cancel in both
    difference = np.abs(found - to_db(expected, top_db=None, amin=amin, ref=1.0))
    assert difference[loud].max() < TOLERANCE
    assert loud.mean() > 0.4


@pytest.mark.parametrize(
    ("options", "logarithm"),
    [
        ({"log": "ln", "amin": 0.0, "offset": 1e-6}, lambda m: np.log(m + 1e-6)),
        ({"log": "log2", "amin": 0.0, "offset": 1e-9}, lambda m: np.log2(m + 1e-9)),
        ({"log": "log10", "amin": 1e-5}, lambda m: np.log10(np.maximum(m, 1e-5))),
        ({"log": "db", "top_db": 60}, lambda m: librosa.power_to_db(m, top_db=60)),
        (
            {"log": "ln", "amin": 1e-5, "mean": -4.5, "std": 2.25},
            lambda m: (np.log(np.maximum(m, 1e-5)) + 4.5) / 2.25,
        ),
        (
            {"log": "ln", "amin": 1e-5, "mean": tuple(range(40)), "std": (2.0,) * 40},
            lambda m: (np.log(np.maximum(m, 1e-5)) - np.arange(40)[:, None]) / 2,
        ),
    ],
    ids=["ln", "log2", "log10", "top_db", "standardised", "per band"],
)
def test_every_logarithm_is_the_formula(options: dict[str, object], logarithm) -> None:
    waveform = clip()

    found = output(waveform, **LOG_MEL, **options)[0]

    assert np.abs(found - logarithm(mel(waveform))).max() < TOLERANCE


@pytest.mark.parametrize("options", [{}, {"lifter": 22.0}, {"n_mfcc": 40}], ids=str)
def test_mfcc_equals_librosa(options: dict[str, object]) -> None:
    waveform = clip()
    expected = librosa.feature.mfcc(
        y=waveform, sr=RATE, n_fft=480, hop_length=160, n_mels=40, n_mfcc=options.get("n_mfcc", 20),
        lifter=options.get("lifter", 0),
    )  # fmt: skip

    found = output(waveform, **{**LOG_MEL, **options, "kind": "mfcc", "top_db": 80})[0]

    # librosa's own float32 sums differ by about 1e-4 dB times the 40 bands of the cosine sum
    assert np.abs(found - expected).max() < TOLERANCE * np.sqrt(40)
    assert np.abs(found - expected).max() < TOLERANCE * np.abs(expected).max()


@pytest.mark.parametrize(
    ("normalize", "measure", "value"),
    [
        ("peak", lambda x: np.abs(x).max(), 1.0),
        ("rms", lambda x: np.sqrt((x**2).mean()), 1.0),
        ("zscore", lambda x: x.std(), 1.0),
        ("zscore", lambda x: x.mean(), 0.0),
    ],
)
def test_waveforms_are_normalised_clip_by_clip(normalize: str, measure, value: float) -> None:
    quiet = 0.001 * clip() + 0.0005

    found = output(quiet, normalize=normalize)

    assert measure(found.astype(np.float64)) == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize("normalize", ["none", "peak", "rms", "zscore"])
def test_silence_stays_silence(normalize: str) -> None:
    assert not output(np.zeros(100, np.float32), normalize=normalize).any()


def test_scale_gives_counts() -> None:
    assert np.allclose(output(clip(), scale=32768.0), clip() * 32768)


def test_the_waveform_is_its_own_grid() -> None:
    grid = build_frontend(FrontendSpec(), sample_rate=8000).grid(4)

    assert grid.times == pytest.approx([0, 1 / 8000, 2 / 8000, 3 / 8000])
    assert grid.receptive_field == ReceptiveField()
    assert grid.frequencies.size == 0


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("win_length", [480, 400])
def test_the_field_is_the_support_of_the_gradient(center: bool, win_length: int) -> None:
    spec = FrontendSpec(**LOG_MEL, center=center, win_length=win_length, window="boxcar")
    frontend = build_frontend(spec, sample_rate=RATE)
    waveform = torch.from_numpy(clip(2400))[None].requires_grad_()
    frame = 6

    frontend(waveform)[0, 0, :, frame].sum().backward()

    seen = np.flatnonzero(waveform.grad[0].numpy())
    assert frontend.grid(2400).receptive_field.span(frame) == (seen[0], seen[-1] + 1)


def test_frames_are_centred_on_their_hops() -> None:
    grid = build_frontend(FrontendSpec(**LOG_MEL), sample_rate=RATE).grid(8000)

    hops = librosa.frames_to_time(np.arange(51), sr=RATE, hop_length=160)
    assert grid.times == pytest.approx(hops - 0.5 / RATE)  # an even window has its middle
    assert grid.receptive_field == ReceptiveField(offset=-240, jump=160, size=480)


@pytest.mark.parametrize("n_samples", [480, 481, 639, 640, 8000])
@pytest.mark.parametrize("center", [True, False])
def test_the_grid_has_as_many_cells_as_the_output(n_samples: int, center: bool) -> None:
    frontend = build_frontend(FrontendSpec(**LOG_MEL, center=center), sample_rate=RATE)

    shape = frontend(torch.zeros(2, n_samples)).shape

    grid = frontend.grid(n_samples)
    assert shape == (2, 1, grid.frequencies.size, grid.times.size)


@pytest.mark.parametrize("htk", [True, False])
@pytest.mark.parametrize("hz", [300.0, 1000.0, 3000.0])
def test_a_tone_is_loudest_in_the_band_of_its_frequency(htk: bool, hz: float) -> None:
    spec = FrontendSpec(**{**LOG_MEL, "n_fft": 2048}, htk=htk, norm=None)
    frontend = build_frontend(spec, sample_rate=RATE)
    tone = np.sin(2 * np.pi * hz * np.arange(RATE) / RATE).astype(np.float32)

    levels = frontend(torch.from_numpy(tone)[None])[0, 0, :, 50]

    centres = frontend.grid(RATE).frequencies
    assert np.abs(centres - hz).argmin() == levels.argmax()


def test_coefficients_have_no_frequencies() -> None:
    frontend = build_frontend(FrontendSpec(**{**LOG_MEL, "kind": "mfcc"}), sample_rate=RATE)

    assert frontend.grid(8000).frequencies.size == 0


@pytest.mark.parametrize("kind", ["log_mel", "mfcc"])
@pytest.mark.parametrize("power", [1, 2])
def test_gradients_are_finite_also_in_silence(kind: str, power: int) -> None:
    spec = FrontendSpec(**{**LOG_MEL, "kind": kind}, power=power)
    waveform = torch.zeros(1, 1600, requires_grad=True)

    build_frontend(spec, sample_rate=RATE)(waveform).sum().backward()

    assert torch.isfinite(waveform.grad).all()


def test_bands_too_narrow_for_a_bin_are_constant_and_hear_nothing() -> None:
    """128 bands on 257 bins: the lowest on the HTK scale are narrower than a bin."""
    spec = FrontendSpec(kind="log_mel", n_fft=512, hop_length=160, n_mels=128, htk=True)
    frontend = build_frontend(spec, sample_rate=RATE)
    empty = ~frontend.mel_filters.any(dim=1).numpy()
    waveform = torch.from_numpy(clip())[None].requires_grad_()

    levels = frontend(waveform)[0, 0]
    (gradient,) = torch.autograd.grad(levels[empty].sum(), waveform)

    assert 0 < empty.sum() < 12
    np.testing.assert_allclose(levels.detach().numpy()[empty], -100)  # 10 log10 of amin
    assert not gradient.any()


def test_a_frontend_adds_nothing_to_a_state_dict() -> None:
    assert not build_frontend(FrontendSpec(**LOG_MEL), sample_rate=RATE).state_dict()


def test_the_window_is_the_periodic_one() -> None:
    frontend = build_frontend(FrontendSpec(**LOG_MEL), sample_rate=RATE)

    assert np.allclose(frontend.window, scipy.signal.get_window("hann", 480), atol=1e-7)


def test_plain_types_give_the_specification_back() -> None:
    spec = FrontendSpec(**LOG_MEL, htk=True, norm=None, mean=(0.5,) * 40)

    again = FrontendSpec.from_dict(spec.to_dict(), source="test")

    assert again == spec


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"kind": "cqt"}, "kind='cqt'; allowed: waveform, log_mel, mfcc"),
        ({"kind": "log_mel", "n_fft": 512}, "without hop_length, n_mels; these are never guessed"),
        ({**LOG_MEL, "hop_length": 0}, "hop_length=0; allowed: a positive whole number"),
        ({**LOG_MEL, "n_mels": 40.0}, "n_mels=40.0; allowed: a positive whole number"),
        ({**LOG_MEL, "win_length": 481}, "win_length=481; allowed: at most"),
        ({**LOG_MEL, "norm": "area"}, "norm='area'; allowed: slaney, None"),
        ({**LOG_MEL, "power": 3}, "power=3; allowed: 1, 2"),
        ({**LOG_MEL, "log": "dB"}, "log='dB'; allowed: ln, log2, log10, db"),
        ({**LOG_MEL, "amin": -1}, "amin=-1; allowed: a number of at least 0"),
        ({**LOG_MEL, "std": 0}, "std=0.0; allowed: numbers above 0"),
        ({**LOG_MEL, "mean": "0"}, "mean='0'; allowed: a number"),
        ({**LOG_MEL, "kind": "mfcc", "n_mfcc": 41}, "n_mfcc=41; allowed: at most n_mels=40"),
        ({"normalize": "max"}, "normalize='max'; allowed: none, peak, rms, zscore"),
        ({**LOG_MEL, "top_db": 1 << 64}, "top_db=18446744073709551616; allowed: a number"),
        ({**LOG_MEL, "offset": 10**400}, "offset=1000.*; allowed: a number"),
        ({**LOG_MEL, "log": "x" * 999}, "log='x{99}[.]{3}; allowed: ln"),
        ({"std": [1.0]}, "kind='waveform' are lists; allowed: one number each"),
        ({"n_ffts": 512}, "frontend has the unknown key 'n_ffts'; allowed: amin, center"),
    ],
)
def test_a_parameter_out_of_range_is_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=f"model.json: .*{message}"):
        FrontendSpec.from_dict(values, source="model.json")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fmax": 9000.0}, r"fmax=9000; allowed: fmin < fmax <= 8000"),
        ({"fmin": 8000.0}, r"fmin=8000, fmax=8000; allowed"),
        ({"mean": (0.0,) * 39}, r"mean has 39 values; allowed: 1 or 40"),
    ],
)
def test_what_does_not_go_with_the_sample_rate_is_named(
    options: dict[str, object], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        build_frontend(FrontendSpec(**LOG_MEL, **options), sample_rate=RATE)


@pytest.mark.parametrize("options", [{"center": False}, {"pad_mode": "reflect"}])
def test_clips_shorter_than_a_frame_are_named(options: dict[str, object]) -> None:
    with pytest.raises(ShapeError, match=r"clips have 200 samples; a frame of n_fft=480 needs"):
        output(clip(200), **LOG_MEL, **options)
