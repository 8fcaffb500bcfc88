"""Results with known content, built from closed forms; no network, no analyzer."""

from dataclasses import replace

import numpy as np
from kept_sound import run_with

from cnnviz.attribution.findings import completeness_findings
from cnnviz.clips import ClipTable
from cnnviz.grid import Grid, ReceptiveField, time_grid
from cnnviz.provenance import Provenance
from cnnviz.results import (
    Bank,
    ChannelOrder,
    Checks,
    ClipGallery,
    Evidence,
    FeatureMaps,
    FilterResponses,
    FilterTable,
    Finding,
    InputKernels,
    LayerMaps,
    Modulation,
    Relevance,
    RelevanceMap,
    Responses,
    Target,
)

RATE = 16000
PROVENANCE = Provenance(
    created="2026-01-01T00:00:00Z", model_name="m", versions=("cnnviz 0",), platform="test"
)


def gabors(n_filters=32, n_taps=80):
    """Gabor taps with centres from 150 Hz to 7 kHz in geometric steps, and the centres."""
    centres = np.geomspace(150, 7000, n_filters)
    t = np.arange(n_taps) - n_taps / 2
    taps = np.exp(-0.5 * (t / 12) ** 2) * np.cos(2 * np.pi * centres[:, None] / RATE * t)
    return np.random.default_rng(0).permutation(taps, axis=0) * 0.1


def table(n, centres=None):
    centres = np.geomspace(150, 7000, n) if centres is None else centres
    numbers = {
        name: np.linspace(0.1, 1, n)
        for name in FilterTable.__dataclass_fields__
        if name not in ("shape", "dead", "duplicate_of", "duplicate_r", "notes")
    }
    width = 24.7 * (0.00437 * centres + 1)
    numbers |= {"peak_hz": centres, "centre_hz": centres, "bandwidth_3db_hz": width}
    numbers |= {"erb_hz": 1.06 * width, "q_3db": centres / width}
    duplicates, dead = np.full(n, -1), np.zeros(n, dtype=bool)
    shape = ["band-pass"] * n
    if n > 3:
        duplicates[3], dead[n - 1], shape[n - 1], shape[1] = 0, True, "dead", "untuned"
    return FilterTable(
        **numbers,
        shape=tuple(shape),
        dead=dead,
        duplicate_of=duplicates,
        duplicate_r=np.where(duplicates >= 0, 0.98, np.nan),
        notes=("",) * n,
    )


def _summary(layer, n):
    kinds = (n - 2, 1, 1, 1) if n > 3 else (n, 0, 0, 0)
    return Finding(
        id=f"summary:{layer}",
        sentence="{} filters: {} band-pass, {} untuned, {} dead; {} pair repeats.".format(
            n, *kinds
        ),
        evidence=tuple(
            Evidence(name=name, value=count, unit="filters")
            for name, count in zip(
                ("all", "band-pass", "untuned", "dead", "repeat"), (n, *kinds), strict=True
            )
        ),
    )


def responses_of(taps, n_bins=1025):
    """Responses of taps (filter, tap) by their definitions."""
    spectrum = np.fft.rfft(taps, 2 * (n_bins - 1), axis=1)
    magnitudes = 20 * np.log10(np.abs(spectrum) + 1e-9)
    masked = magnitudes < magnitudes.max(axis=1, keepdims=True) - 40
    slopes = np.fft.rfft(taps * np.arange(taps.shape[1]), 2 * (n_bins - 1), axis=1)
    delays = np.where(masked, np.nan, (slopes / np.where(masked, 1, spectrum)).real / RATE)
    seconds = np.arange(taps.shape[1]) / RATE
    return Responses(
        kernels=InputKernels(taps=taps, seconds=seconds, offset=0.0, jump=4.0),
        frequencies=np.fft.rfftfreq(2 * (n_bins - 1), 1 / RATE),
        magnitudes_db=magnitudes.astype(np.float32),
        phases=np.where(masked, np.nan, np.unwrap(np.angle(spectrum))).astype(np.float32),
        group_delays=delays.astype(np.float32),
    )


def modulation_of(planes, frame_seconds, **units):
    """Modulation of planes (filter, row, time) by a padded transform."""
    transfer = np.fft.fftshift(np.abs(np.fft.fft2(planes, (32, 32)))[:, :16], axes=2)
    return Modulation(
        values=(transfer / transfer.max((1, 2), keepdims=True)).astype(np.float32),
        rates=np.fft.fftshift(np.fft.fftfreq(32, frame_seconds)),
        rate_unit="Hz",
        **units,
    )


def bank(lines=None, /, *, layer="conv1", **changes):
    """First layer: one input channel, responses over frequency."""
    taps = gabors() if lines is None else lines
    heard = responses_of(taps)
    peaks = heard.frequencies[heard.magnitudes_db.argmax(axis=1)]
    levels = heard.magnitudes_db.max(axis=1)
    fields = {
        "layer": layer,
        "kind": "1d",
        "description": f"Conv1d 1->{len(taps)}, {taps.shape[1]} taps, stride 4",
        "policy": "",
        "sample_rate": float(RATE),
        "taps": taps[:, None, :],
        "tap_seconds": np.arange(taps.shape[1]) / RATE,
        "responses": heard,
        "modulation": None,
        "channels": None,
        "order": np.argsort(peaks, kind="stable"),
        "table": replace(table(len(taps), peaks), peak_gain_db=levels),
        "findings": (_summary(layer, len(taps)),),
    }
    return Bank(**(fields | changes))


def second_bank(n_filters=12, n_channels=32, n_taps=5):
    """Second layer: a planted up-sweep over sorted channels, with composite responses."""
    sweep = np.zeros((n_filters, n_channels, n_taps))
    for k in range(n_filters):
        for tap in range(n_taps):
            row = (2 * k + 3 * tap) % n_channels
            sweep[k, row, tap], sweep[k, (row + 4) % n_channels, tap] = 1.0, -0.6
    order = np.random.default_rng(1).permutation(n_channels)
    taps = np.zeros_like(sweep)
    taps[:, order] = sweep
    units = {"scales": np.arange(16) / 8, "scale_unit": "cycles/octave", "reference_hz": 1000.0}
    return bank(
        gabors(n_filters, 96),
        layer="conv2",
        description=f"Conv1d {n_channels}->{n_filters}, {n_taps} taps, stride 1",
        policy="batch normalisation folded; ReLU taken as gain 1, max-pooling as averaging",
        taps=taps,
        tap_seconds=np.arange(n_taps) * 16 / RATE,
        channels=ChannelOrder(index=order, centre_hz=np.geomspace(150, 7000, n_channels)),
        modulation=modulation_of(sweep, 16 / RATE, **units),
    )


def spectrogram_bank(n_filters=8):
    """2-D kernels over 40 bands: no response in Hz, modulation in cycles per channel."""
    taps = np.random.default_rng(2).normal(size=(n_filters, 1, 5, 5))
    units = {"scales": np.arange(16) / 32, "scale_unit": "cycles/channel", "reference_hz": None}
    return bank(
        np.ones((n_filters, 5)),
        layer="stem",
        kind="2d",
        description=f"Conv2d 1->{n_filters}, 5 x 5, stride (2, 1)",
        taps=taps,
        tap_seconds=np.arange(5) * 0.032,
        responses=None,
        modulation=modulation_of(taps[:, 0], 0.032, **units),
        order=np.arange(n_filters),
        table=table(n_filters),
    )


def responses(*banks):
    return FilterResponses(banks=banks or (bank(), second_bank()), provenance=PROVENANCE)


def waveforms(n_clips=3):
    """A tone that comes on at 0.3 s and goes at 0.7 s, 440 Hz times the clip's number."""
    t = np.arange(RATE) / RATE
    gate = ((t > 0.3) & (t < 0.7)) * np.hanning(RATE)
    tones = [gate * np.sin(2 * np.pi * 440 * (k + 1) * t) for k in range(n_clips)]
    return np.array(tones, dtype=np.float32)


def gallery(n_clips=3):
    return ClipGallery(
        clips=ClipTable(
            names=tuple(f"word/{k}.flac" for k in range(n_clips)),
            labels=np.arange(n_clips) % 2,
            class_names=("no", "yes"),
            splits=("test",) * n_clips,
            notes=("",) * n_clips,
            durations=np.ones(n_clips),
            skipped=(),
        ),
        sample_rate=RATE,
        audio_index=np.arange(n_clips),
        findings=(),
        provenance=PROVENANCE,
    )


def run(*results):
    """A run with the sound of three clips."""
    return run_with(waveforms(), results, sample_rate=RATE)


def layer_maps(n_clips=3, n_channels=32, n_times=200, *, layer="conv1", offset=800.0):
    """Maps that follow the energy; receptive-field centres lie inside 0.1 ... 0.9 s."""
    jump = (RATE - 2 * offset) / n_times
    field = ReceptiveField(offset=offset, jump=jump, size=jump)
    times = field.centres(n_times) / RATE
    energy = np.abs(waveforms(n_clips))[:, (times * RATE).astype(int)]
    maps = energy[:, None, :] * np.linspace(0.2, 1, n_channels)[:, None]
    return LayerMaps(
        layer=layer,
        maps=maps.astype(np.float32),
        grid=Grid(times=times, frequencies=np.empty(0), receptive_field=field),
        order=np.arange(n_channels)[::-1].copy(),
        channel_centre_hz=np.geomspace(7000, 150, n_channels),
    )


def feature_maps(n_clips=3):
    layers = (layer_maps(n_clips), layer_maps(n_clips, 16, 60, layer="conv2", offset=1600.0))
    return FeatureMaps(clip_index=np.arange(n_clips), layers=layers, provenance=PROVENANCE)


def attribution(method="integrated_gradients", n_clips=3, *, converged=True):
    """Relevance that is the waveform squared, up to sign."""
    sound = waveforms(n_clips)
    grid = Grid(times=np.arange(126) * 0.008, frequencies=np.linspace(0, 8000, 257))
    rng = np.random.default_rng(3)
    plane = rng.normal(size=(n_clips, 257, 126)).astype(np.float32) * 0.01
    for k in range(n_clips):
        plane[k, 10 + 5 * k : 14 + 5 * k, 40:80] += 1.0
    errors = np.full(n_clips, 0.001 if converged else 0.2)
    clip_index, tolerance = np.arange(n_clips), 0.005
    is_path = method == "integrated_gradients"
    return Relevance(
        method=method,
        clip_index=clip_index,
        target=Target(
            words=tuple(("no", "yes")[k % 2] for k in range(n_clips)), class_index=clip_index % 2
        ),
        output="logits",
        scores=np.array([7.5, 6.25, 5.0])[:n_clips],
        baseline_scores=np.zeros(n_clips),
        baseline="silence, 0 at every audio sample",
        sample_rate=RATE,
        maps=(
            RelevanceMap(
                domain="samples",
                values=(sound**2 * np.sign(sound)).astype(np.float32),
                grid=time_grid(ReceptiveField(), sound.shape[1], RATE),
            ),
            RelevanceMap(domain="stft", values=plane, grid=grid),
        ),
        promises_completeness=is_path,
        checks=Checks(
            completeness_errors=errors,
            converged=errors <= tolerance if is_path else None,
            energy_correlations=np.full(n_clips, 0.42),
        ),
        n_steps=64 if is_path else None,
        findings=completeness_findings(method, clip_index, errors, tolerance=tolerance)
        if is_path
        else (),
        provenance=PROVENANCE,
    )


def every_figure():
    """Results with figures of every kind."""
    return run(
        responses(bank(), second_bank(), spectrogram_bank()),
        gallery(),
        feature_maps(),
        attribution(),
        attribution("input_x_gradient", converged=False),
    )
