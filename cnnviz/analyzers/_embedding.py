"""What embeddings share: one row of numbers per clip, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from sklearn.decomposition import PCA

from cnnviz.analyzer import Analyzer
from cnnviz.analyzers._embedding_findings import describe_quality, describe_variance
from cnnviz.analyzers._map_quality import MOST_MEASURED, fewer_neighbours, measure_quality
from cnnviz.clips import TRAINING
from cnnviz.errors import LayerNotFoundError, ParameterError
from cnnviz.results import Embedding

if TYPE_CHECKING:
    from cnnviz.capture import Capture
    from cnnviz.run import Run

LOGITS, OUTPUT = "logits", "output"
Pooling = Literal["mean", "max", "rms", "mean_max"]
_FEWEST_CLIPS, _FEWEST_SCORES = 4, 3
_FEWEST_NEIGHBOURLY = 8


class EmbeddingParameters(Analyzer, Protocol):
    """What analyzers that embed clips have in common."""

    @property
    def layer(self) -> str | None: ...
    @property
    def pooling(self) -> Pooling: ...
    @property
    def n_neighbors(self) -> int: ...
    @property
    def n_components(self) -> int: ...
    @property
    def seed(self) -> int: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipRows:
    """One row per clip, (clip, column), each column of mean 0 and variance 1; its origin."""

    values: np.ndarray
    layer: str
    pooling: str


def has_neighbourhoods(run: Run) -> bool:
    """Whether a run has the clips that a map of neighbourhoods needs in a report."""
    return run.has_capture and run.capture.n_clips >= _FEWEST_NEIGHBOURLY


def report_layers(run: Run) -> tuple[str | None, ...]:
    """What a report embeds: the output, and the last captured layer, where classes mix more.

    By default that is the layer before the last: in the output of a classifier the classes are
    apart by construction.
    """
    layers = run.capture.layers
    is_same = not layers or _default_layer(run.capture) == layers[-1]
    return (None,) if is_same else (None, layers[-1])


def embed(
    run: Run,
    parameters: EmbeddingParameters,
    method: str,
    lay_out: Callable[[np.ndarray, int], np.ndarray],
) -> Embedding:
    """Lay the clips of a run out in the plane, and measure how faithful the map is.

    Parameters
    ----------
    run
        With a capture.
    parameters
        The analyzer.
    method
        ``"pca"`` or ``"umap"``.
    lay_out
        From (clip, component) and a number of neighbours to (clip, 2).

    Raises
    ------
    LayerNotFoundError
        If the layer was not captured.
    ParameterError
        If there are fewer than four clips, or nothing differs between them.
    """
    rows = clip_rows(run.capture, layer=parameters.layer, pooling=parameters.pooling)
    components, shares = principal_components(rows.values, parameters.n_components)
    n_neighbors = fewer_neighbours(parameters.n_neighbors, len(components))
    points = lay_out(components, n_neighbors)
    quality = measure_quality(
        rows.values,
        points,
        run.capture.clips.labels,
        n_neighbors=parameters.n_neighbors,
        seed=parameters.seed,
        is_training=np.array(run.capture.clips.splits) == TRAINING,
    )
    of = f"{method}:{rows.layer}"
    n_measured = min(len(points), MOST_MEASURED)
    k = fewer_neighbours(parameters.n_neighbors, n_measured)
    findings = describe_quality(quality, of, n_clips=n_measured, n_neighbors=k)
    if method == "pca":  # of UMAP they are the components it starts from
        findings += (describe_variance(shares, of),)
    return Embedding(
        method=method,
        layer=rows.layer,
        pooling=rows.pooling,
        points=np.asarray(points, dtype=np.float64),
        clip_index=np.arange(len(points)),
        n_neighbors=n_neighbors,
        explained_variance=shares,
        findings=findings,
        labels=run.capture.clips.labels,
        class_names=run.capture.clips.class_names,
        provenance=run.provenance(parameters),
        **asdict(quality),
    )


def clip_rows(capture: Capture, *, layer: str | None, pooling: str) -> ClipRows:
    """Read a layer's activations, pooled over each clip and standardised.

    Parameters
    ----------
    capture
        Where they were recorded.
    layer
        A captured layer, or ``"logits"`` or ``"output"`` (the same, named by the role of the
        output); None: the output, where every layer has had its say, or the last captured layer
        if it has fewer than three numbers or they are levels of sound.
    pooling
        Over time (and frequency): ``"mean"``, ``"max"``, ``"rms"`` or ``"mean_max"``, both
        beside each other.

    Raises
    ------
    LayerNotFoundError
        If the layer was not captured.
    ParameterError
        If there are fewer than four clips, or nothing differs between them.
    """
    if capture.n_clips < _FEWEST_CLIPS:
        raise ParameterError(
            f"n_clips={capture.n_clips} is too few for an embedding; allowed: {_FEWEST_CLIPS} or "
            "more; capture more clips"
        )
    name = _output_name(capture) if layer in (LOGITS, OUTPUT) else layer or _default_layer(capture)
    values, pooling = _pooled(capture, name, pooling)
    values = values[:, values.std(0) > 1e-9 * np.abs(values).max(initial=0)]
    if not values.shape[1]:
        raise ParameterError(
            f"layer {name!r} gives the same numbers for all clips, so there is nothing to embed; "
            "name another with layer"
        )
    return ClipRows(
        values=(values - values.mean(0)) / values.std(0),
        layer=name,
        pooling=pooling,
    )


def _output_name(capture: Capture) -> str:
    """The scores of a classifier are called logits, other outputs are not."""
    return LOGITS if capture.provenance.output_role in ("", "classes") else OUTPUT


def _default_layer(capture: Capture) -> str:
    enough = capture.logits.shape[-1] >= _FEWEST_SCORES
    enough = enough and capture.provenance.output_role != "waveform"
    return _output_name(capture) if enough or not capture.layers else capture.layers[-1]


def _pooled(capture: Capture, layer: str, pooling: str) -> tuple[np.ndarray, str]:
    """Columns of one layer, float64 (clip, column), and how they were pooled, if they were."""
    if layer in (LOGITS, OUTPUT):
        return np.asarray(capture.logits, dtype=np.float64), "none"
    if layer not in capture.layers:
        layers = ", ".join((_output_name(capture), *capture.layers))
        raise LayerNotFoundError(
            f"layer {layer!r} is not in the capture; layers: {layers}; record it into a new run "
            "with: cnnviz capture MODEL CLIPS --layer NAME --out RUN"
        )
    parts = [
        np.asarray(capture.pooled(layer, part), dtype=np.float64) for part in pooling.split("_")
    ]
    if len(parts) > 1 and np.array_equal(parts[0], parts[1]):  # of one cell
        return parts[0], "none"
    return np.concatenate(parts, axis=1), pooling


def principal_components(values: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores on the first principal components, and the share of variance of each.

    Parameters
    ----------
    values
        (clip, column).
    n
        Components at most; fewer where clips or columns are fewer.

    Returns
    -------
    np.ndarray
        (clip, component), signs fixed so that the largest loading is positive.
    np.ndarray
        Share of the variance, (component,).
    """
    model = PCA(n_components=min(n, *values.shape), svd_solver="full")
    return model.fit_transform(values), model.explained_variance_ratio_
