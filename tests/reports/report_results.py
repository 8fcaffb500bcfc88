"""Results like those of a real run, made from formulas: words of tones, gammatone-like filters."""

from dataclasses import asdict

import numpy as np
from kept_sound import run_with

from cnnviz.analyzers._embedding_findings import describe_quality, describe_variance
from cnnviz.analyzers._evaluation_findings import describe_scores
from cnnviz.analyzers._map_quality import Quality
from cnnviz.analyzers.clip_gallery import describe_skipped, describe_synthetic
from cnnviz.analyzers.layer_statistics import coverage_findings, field_findings, silence_findings
from cnnviz.clips import ClipTable
from cnnviz.evaluation import evaluate, notable_clips
from cnnviz.grid import ReceptiveField
from cnnviz.provenance import Provenance, to_json
from cnnviz.results import (
    Calibration,
    ChannelStatistics,
    ClassAverage,
    ClassIntervals,
    ClipGallery,
    Embedding,
    Evaluation,
    LayerRow,
    LayerStatistics,
    Reliability,
    Result,
)
from cnnviz.run import Run

RATE = 16_000
WORDS = ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go", "cat", "dog")


def provenance(**parameters: object) -> Provenance:
    """Record with a fixed date and versions."""
    return Provenance(
        created="2026-01-02T03:04:05Z",
        command="cnnviz report mynet.py:build clips/",
        model_name="mynet",
        model_digest="a3" * 32,
        clips_digest="5f" * 32,
        seed=0,
        parameters=to_json(parameters),
        versions=("cnnviz 0.1.0", "numpy 2.0.0"),
        platform="Linux 6.1, Python 3.11.2, x86_64",
    )


def layer_statistics(words: tuple[str, ...] = WORDS) -> LayerStatistics:
    """Four convolutions with pooling between them."""
    rng = np.random.default_rng(1)
    field, rows = ReceptiveField(), []
    channels, n_cells = 1, RATE
    for index, (kernel, out) in enumerate([(80, 32), (5, 32), (5, 64), (3, 64)]):
        field = field.through(kernel, stride=4 if index == 0 else 1, padding=kernel // 2)
        n_cells //= 4 if index == 0 else 1
        shape = (out, n_cells)
        n_parameters = channels * out * kernel + out
        detail = f"Conv1d {channels}->{out}, {kernel} taps"
        rows.append(_row(f"features.{3 * index}", detail, shape, n_parameters, field))
        field, n_cells = field.through(4, stride=4), n_cells // 4
        rows.append(
            _row(f"features.{3 * index + 2}", "MaxPool1d 4 cells", (out, n_cells), 0, field)
        )
        channels = out
    statistics = tuple(
        ChannelStatistics(
            layer=f"features.{3 * k}",
            mean=rng.normal(0.2, 0.1, 32),
            maximum=rng.gamma(4, 1, 32),
            rms=rng.gamma(2, 0.4, 32),
            fraction_silent=np.where(np.arange(32) == 5, 1.0, rng.beta(1, 20, 32)),
            constant=np.arange(32) == 5,
        )
        for k in range(2)
    )
    return LayerStatistics(
        model_name="mynet",
        sample_rate=RATE,
        n_samples=RATE,
        n_parameters=sum(row.n_parameters for row in rows),
        frontend="waveform",
        class_names=words,
        layers=tuple(rows),
        channels=statistics,
        findings=(
            *coverage_findings((0, RATE - 960), RATE, RATE),
            *field_findings(tuple(rows), RATE),
            *silence_findings(statistics, 120),
        ),
        provenance=provenance(),
    )


def _row(
    name: str, what: str, shape: tuple[int, ...], n_parameters: int, field: ReceptiveField
) -> LayerRow:
    kind, _, detail = what.partition(" ")
    return LayerRow(
        name=name,
        kind=kind,
        detail=detail,
        output_shape=shape,
        n_parameters=n_parameters,
        time_field=field,
        frequency_field=None,
    )


def clip_names(words: tuple[str, ...], n_clips: int) -> tuple[str, ...]:
    """Paths in folders of words."""
    return tuple(f"{words[i % len(words)]}/{i:03d}_nohash_{i % 4}.wav" for i in range(n_clips))


def clip_gallery(
    words: tuple[str, ...] = WORDS, *, n_clips: int = 120, names: tuple[str, ...] = ()
) -> ClipGallery:
    """Clips of half a second; the first third is synthetic."""
    notes = tuple("synthetic" if i < n_clips // 3 else "" for i in range(n_clips))
    skipped = ("dog/broken.wav: Format not recognised", "cat/empty.wav: no samples")
    return ClipGallery(
        clips=ClipTable(
            names=names or clip_names(words, n_clips),
            labels=np.arange(n_clips) % len(words),
            class_names=words,
            splits=tuple(("train", "test")[i % 2] for i in range(n_clips)),
            notes=notes,
            durations=np.full(n_clips, 0.5),
            skipped=skipped,
        ),
        sample_rate=RATE,
        audio_index=np.arange(n_clips),
        findings=(*describe_synthetic(notes), *describe_skipped(skipped)),
        provenance=provenance(),
    )


def evaluation(words: tuple[str, ...] = WORDS, *, n_clips: int = 120) -> Evaluation:
    """About nine in ten right, errors to neighbours."""
    rng = np.random.default_rng(3)
    n = len(words)
    labels = np.arange(n_clips) % n
    wrong = rng.random(n_clips) < 0.12
    predictions = np.where(wrong, (labels + rng.integers(1, 4, n_clips)) % n, labels)
    logits = rng.normal(0, 1, (n_clips, n))
    logits[np.arange(n_clips), predictions] += np.where(wrong, 2.5, 4.5)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    predictions = probabilities.argmax(axis=1)
    scores = evaluate(labels, probabilities, words, seed=0, n_resamples=200)
    rates, intervals, bins = scores.rates, scores.intervals, asdict(scores.reliability)
    error = bins.pop("error")
    return Evaluation(
        class_names=words,
        split="test",
        clip_index=np.arange(n_clips),
        clip_names=clip_names(words, n_clips),
        labels=labels,
        predictions=predictions,
        probabilities=probabilities.astype(np.float32),
        confusion=rates.confusion,
        accuracy=rates.accuracy,
        accuracy_interval=intervals.accuracy,
        balanced_accuracy=rates.balanced_accuracy,
        balanced_accuracy_interval=intervals.balanced_accuracy,
        kappa=rates.kappa,
        kappa_interval=intervals.kappa,
        precision=rates.precision,
        recall=rates.recall,
        f1=rates.f1,
        support=rates.support,
        macro=ClassAverage(**asdict(rates.macro)),
        macro_f1_interval=intervals.macro_f1,
        weighted=ClassAverage(**asdict(rates.weighted)),
        roc_auc=scores.roc_auc.per_class,
        roc_auc_reasons=scores.roc_auc.reasons,
        macro_roc_auc=scores.roc_auc.macro,
        weighted_roc_auc=scores.roc_auc.weighted,
        reliability=Reliability(**bins),
        expected_calibration_error=error,
        **asdict(notable_clips(labels, probabilities)),
        class_intervals=ClassIntervals(**asdict(scores.class_intervals)),
        calibration=Calibration(**asdict(scores.calibration)),
        findings=describe_scores(scores, "test"),
        provenance=provenance(n_bootstrap=1000),
    )


def embedding(method: str = "umap", *, n_clips: int = 120, n_classes: int = 12) -> Embedding:
    """Classes on a ring."""
    rng = np.random.default_rng(4)
    labels = np.arange(n_clips) % n_classes
    angle = 2 * np.pi * labels / n_classes
    spread = 0.35 if method == "umap" else 1.1
    points = 4 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    quality = Quality(
        trustworthiness=0.962 if method == "umap" else 0.871,
        continuity=0.951,
        knn_purity=0.84 if method == "umap" else 0.52,
        knn_purity_input=0.88,
        purity_neighbors=5,
        chance_purity=1 / n_classes,
    )
    shares = np.array([]) if method == "umap" else np.array([0.31, 0.17])
    of = f"{method}:features.3"
    variance = () if method == "umap" else (describe_variance(shares, of),)
    return Embedding(
        method=method,
        layer="features.3",
        pooling="mean",
        points=(points + spread * rng.normal(size=(n_clips, 2))).astype(np.float32),
        clip_index=np.arange(n_clips),
        n_neighbors=15,
        **asdict(quality),
        explained_variance=shares,
        findings=(*describe_quality(quality, of, n_clips=n_clips, n_neighbors=15), *variance),
        provenance=provenance(n_neighbors=15, min_dist=0.1),
    )


def results(words: tuple[str, ...] = WORDS, *, n_clips: int = 120) -> tuple[Result, ...]:
    """One result of each kind this room's own sections show."""
    return (
        layer_statistics(words),
        clip_gallery(words, n_clips=n_clips),
        evaluation(words, n_clips=n_clips),
        embedding("umap", n_clips=n_clips, n_classes=len(words)),
        embedding("pca", n_clips=n_clips, n_classes=len(words)),
    )


def waveforms(words: tuple[str, ...] = WORDS, *, n_clips: int = 120) -> np.ndarray:
    """Chirps, one pitch per class, float32 (clip, samples)."""
    rng = np.random.default_rng(2)
    labels = np.arange(n_clips) % len(words)
    time = np.arange(RATE // 2) / RATE
    pitch = 200 + 90 * labels[:, None] * (1 + 0.3 * time)
    waves = np.sin(2 * np.pi * pitch * time) * np.hanning(len(time))
    return (0.5 * waves + 0.01 * rng.normal(size=waves.shape)).astype(np.float32)


def run(words: tuple[str, ...] = WORDS, *, n_clips: int = 120) -> Run:
    """A run with those results and the sound of its clips."""
    sound = waveforms(words, n_clips=n_clips)
    return run_with(sound, results(words, n_clips=n_clips), sample_rate=RATE)
