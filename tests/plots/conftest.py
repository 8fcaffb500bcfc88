"""Small results to draw, and the rules every figure keeps."""

import sys

import numpy as np
import pytest

from cnnviz.clips import ClipTable
from cnnviz.grid import Grid, ReceptiveField, time_grid
from cnnviz.provenance import Provenance
from cnnviz.results import (
    ChannelStatistics,
    Checks,
    ClassAverage,
    ClipGallery,
    Embedding,
    Evaluation,
    FeatureMaps,
    LayerMaps,
    LayerRow,
    LayerStatistics,
    Relevance,
    RelevanceMap,
    Reliability,
    Silencing,
    Target,
)
from tests.unit_results import units_of_two_layers

MADE = Provenance(created="2026-01-01T00:00:00Z", model_name="tiny")


@pytest.fixture(autouse=True)
def _no_global_figure():
    """No figure is left in pyplot's hands."""
    yield
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


@pytest.fixture
def attribution():
    generator = np.random.default_rng(0)
    rate, n = 8000, 4000
    plane = generator.normal(size=(2, 65, 40)).astype(np.float32)
    plane[0, 16] += 5  # 16 * 62.5 Hz = 1 kHz
    sound = generator.normal(size=(2, n)).astype(np.float32)
    cells = Grid(times=np.linspace(0, 0.5, 40), frequencies=np.arange(65) * rate / 128)
    return Relevance(
        method="integrated_gradients",
        clip_index=np.array([3, 9]),
        target=Target(words=("yes", "no"), class_index=np.array([0, 1])),
        output="logits",
        scores=np.array([5.0, 3.0]),
        baseline_scores=np.array([1.0, 0.0]),
        baseline="silence (all samples 0)",
        sample_rate=rate,
        maps=(
            RelevanceMap(domain="samples", values=sound, grid=time_grid(ReceptiveField(), n, rate)),
            RelevanceMap(domain="stft", values=plane, grid=cells),
        ),
        promises_completeness=True,
        checks=Checks(
            completeness_errors=np.array([0.001, 0.2]),
            converged=np.array([True, False]),
            energy_correlations=np.array([0.5, 0.1]),
        ),
        silencing=Silencing(
            n_stretches=np.array([2, 0]),
            drops=np.array([3.0, np.nan]),
            loudest_drops=np.array([1.0, np.nan]),
            uniform_drops=np.array([0.5, np.nan]),
            random_drops=np.array([[0.2, 0.4, -0.1], [np.nan] * 3]),
        ),
        n_steps=64,
        provenance=MADE,
    )


@pytest.fixture
def embedding():
    return Embedding(
        method="pca",
        layer="conv2",
        pooling="mean_max",
        points=np.random.default_rng(0).normal(size=(30, 2)),
        clip_index=np.arange(30),
        n_neighbors=14,
        trustworthiness=0.91,
        continuity=0.93,
        knn_purity=0.8,
        knn_purity_input=0.85,
        purity_neighbors=5,
        chance_purity=0.3,
        explained_variance=np.array([0.6, 0.3, 0.1]),
        findings=(),
        provenance=MADE,
    )


@pytest.fixture
def evaluation():
    labels = np.array([0, 0, 0, 1, 1, 2])
    predictions = np.array([0, 0, 1, 1, 1, 2])
    probabilities = np.full((6, 3), 0.1, np.float32)
    probabilities[np.arange(6), predictions] = 0.8
    return Evaluation(
        class_names=("yes", "no", "up"),
        split="test",
        clip_index=np.arange(6),
        clip_names=tuple(f"{i}.wav" for i in range(6)),
        labels=labels,
        predictions=predictions,
        probabilities=probabilities,
        confusion=np.array([[2, 1, 0], [0, 2, 0], [0, 0, 1]]),
        accuracy=5 / 6,
        accuracy_interval=np.array([0.5, 1.0]),
        balanced_accuracy=8 / 9,
        balanced_accuracy_interval=np.array([0.6, 1.0]),
        kappa=0.7,
        kappa_interval=np.array([0.3, 1.0]),
        precision=np.array([1, 2 / 3, 1]),
        recall=np.array([2 / 3, 1, 1]),
        f1=np.array([0.8, 0.8, 1]),
        support=np.array([3, 2, 1]),
        macro=ClassAverage(precision=8 / 9, recall=8 / 9, f1=13 / 15),
        macro_f1_interval=np.array([0.5, 1.0]),
        weighted=ClassAverage(precision=8 / 9, recall=5 / 6, f1=5 / 6),
        roc_auc=np.array([0.9, np.nan, 0.8]),
        roc_auc_reasons=("", "no clip of this class", ""),
        macro_roc_auc=0.85,
        weighted_roc_auc=0.875,
        reliability=Reliability(
            edges=np.linspace(0, 1, 5),
            counts=np.array([0, 0, 1, 5]),
            confidence=np.array([np.nan, np.nan, 0.6, 0.8]),
            accuracy=np.array([np.nan, np.nan, 0.0, 1.0]),
        ),
        expected_calibration_error=0.03,
        confident_right=np.array([0, 1, 3, 4, 5]),
        confident_wrong=np.array([2]),
        nearest_boundary=np.arange(6),
        findings=(),
        provenance=MADE,
    )


@pytest.fixture
def feature_maps():
    generator = np.random.default_rng(0)
    times = 0.01 * np.arange(20) + 0.005
    waveform_layer = LayerMaps(
        layer="conv1",
        maps=np.abs(generator.normal(size=(2, 4, 20))).astype(np.float32),
        grid=Grid(times=times, frequencies=()),
        order=np.array([2, 0, 3, 1]),
        channel_centre_hz=np.array([400.0, np.nan, 100.0, 900.0]),
    )
    spectral_layer = LayerMaps(
        layer="conv2",
        maps=generator.normal(size=(2, 3, 5, 20)).astype(np.float32),
        grid=Grid(times=times, frequencies=(100, 200, 400, 800, 1600)),
        order=np.arange(3),
        channel_centre_hz=np.empty(0),
    )
    return FeatureMaps(
        clip_index=np.array([0, 5]), layers=(waveform_layer, spectral_layer), provenance=MADE
    )


@pytest.fixture
def layer_statistics():
    fields = {
        "conv1": ReceptiveField(size=80, jump=4),
        "conv2": ReceptiveField(size=240, jump=16, status="upper"),
        "fc": ReceptiveField(status="unknown"),
    }
    rows = [
        LayerRow(
            name=name,
            kind="Conv1d",
            detail="",
            output_shape=(4, 100),
            n_parameters=10,
            time_field=field,
            frequency_field=None,
        )
        for name, field in fields.items()
    ]
    silent = np.array([0.0, 1.0, 0.25])
    channels = ChannelStatistics(
        layer="conv1", mean=silent, maximum=silent, rms=silent, fraction_silent=silent
    )
    return LayerStatistics(
        model_name="tiny",
        sample_rate=8000,
        n_samples=8000,
        n_parameters=1234,
        frontend="waveform",
        class_names=("yes", "no"),
        layers=tuple(rows),
        channels=(channels,),
        findings=(),
        provenance=MADE,
    )


@pytest.fixture
def unit_exemplars():
    return units_of_two_layers()


@pytest.fixture
def clip_gallery():
    return ClipGallery(
        clips=ClipTable(
            names=("a/1.wav", "a/2.wav", "b/3.wav", "4.wav"),
            labels=np.array([0, 0, 1, -1]),
            class_names=("a", "b"),
            splits=("train", "test", "test", ""),
            notes=("", "", "", ""),
            durations=np.array([1.0, 0.5, 1.0, 0.7]),
            skipped=(),
        ),
        sample_rate=8000,
        audio_index=np.array([1, 3]),
        findings=(),
        provenance=MADE,
    )
