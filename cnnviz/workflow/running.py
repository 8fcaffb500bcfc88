"""From clips and a model to the results of a run: what report and notebooks go through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.errors import CaptureFormatError, CnnvizError, UnsupportedModelError
from cnnviz.provenance import Provenance, to_json, versions

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.audio import Clips
    from cnnviz.capture import Capture
    from cnnviz.model import AudioModel
    from cnnviz.results import Result

Progress = Callable[[int, int], None]
_FEWEST_CLIPS_TO_EMBED = 8


def require_network(model: AudioModel) -> AudioModel:
    """Refuse a model of weights alone before time is spent on clips.

    Raises
    ------
    UnsupportedModelError
        If there is nothing to run; the text says how to name the network.
    """
    if not model.has_graph:
        raise UnsupportedModelError(getattr(model.network, "hint", "the model has no graph"))
    return model


def named(model: AudioModel, capture: Capture) -> AudioModel:
    """A model without class names takes those of the clips, if there is one per score."""
    fits = len(capture.class_names) == capture.logits.shape[1]
    return model.with_classes(capture.class_names) if fits and not model.class_names else model


def fit(model: AudioModel, clips: Clips) -> tuple[AudioModel, Clips]:
    """Deliver clips as the model eats them; the longest clip sets an open length."""
    n_samples = model.n_samples or clips.longest(model.sample_rate)
    clips = clips.at(sample_rate=model.sample_rate, n_samples=n_samples)
    return model.with_samples(n_samples), clips


def report_analyzers(
    capture: Capture, *, layers: Sequence[str] = (), n_explained: int = 12, seed: int = 0
) -> tuple[Analyzer, ...]:
    """Choose the analyzers of a report by what the capture holds.

    Evaluation needs labels; an embedding needs a handful of clips.
    """
    from cnnviz.analyzers.clip_gallery import ClipAudio
    from cnnviz.analyzers.evaluation import ClassificationReport
    from cnnviz.analyzers.feature_maps import DisplayMaps
    from cnnviz.analyzers.filter_responses import FrequencyResponses
    from cnnviz.analyzers.input_x_gradient import InputXGradient
    from cnnviz.analyzers.integrated_gradients import IntegratedGradients
    from cnnviz.analyzers.layer_statistics import ChannelActivity
    from cnnviz.analyzers.pca_embedding import PCAEmbedding
    from cnnviz.analyzers.umap_embedding import UMAPEmbedding

    kinds = {row.name: row.kind for row in capture.layer_rows}
    convolutions = tuple(name for name in layers if kinds.get(name, "").startswith("Conv"))
    chosen: list[Analyzer] = [
        ChannelActivity(),
        ClipAudio(),
        FrequencyResponses(layers=convolutions, seed=seed),
        DisplayMaps(),
        IntegratedGradients(n_clips=n_explained),
        InputXGradient(n_clips=n_explained),
    ]
    if capture.n_clips >= _FEWEST_CLIPS_TO_EMBED:
        chosen += [PCAEmbedding(seed=seed), UMAPEmbedding(seed=seed)]
    if (capture.labels >= 0).any():
        chosen.append(ClassificationReport(seed=seed))
    return tuple(chosen)


def analyze(
    analyzers: Iterable[Analyzer],
    capture: Capture | None,
    model: AudioModel | None,
    *,
    out: Path,
    progress: Progress | None = None,
    left_out: Callable[[str], None] | None = None,
) -> tuple[Result, ...]:
    """Run analyzers in turn; keep each result in the run as soon as it is there.

    A result that the run already holds for the same parameters, model, clips and package
    versions is read, not computed again.

    Parameters
    ----------
    analyzers, capture, model
        As `Analyzer.run` takes them.
    out
        Run folder.
    progress
        Called with (analyzers done, analyzers in all).
    left_out
        Called with the reason when an analyzer cannot answer for this model or these clips;
        the others go on. None: the first such error ends it all.
    """
    todo = tuple(analyzers)
    results = []
    for done, analyzer in enumerate(todo):
        name = type(analyzer).__module__.rpartition(".")[2]
        path = out / "results" / f"{name}.h5"
        try:
            results.append(_answer(analyzer, capture, model, path=path))
        except CnnvizError as error:
            if left_out is None:
                raise
            path.unlink(missing_ok=True)  # what an earlier command left is not of this one
            left_out(f"{name}: {error}")
        if progress is not None:
            progress(done + 1, len(todo))
    return tuple(results)


def _answer(
    analyzer: Analyzer, capture: Capture | None, model: AudioModel | None, *, path: Path
) -> Result:
    from cnnviz import store

    if capture is not None and path.is_file():
        with suppress(CaptureFormatError):  # of an older format: made anew
            kept = store.read(path)
            if _identity(kept.provenance) == _expected(analyzer, capture):
                return kept
    result = analyzer.run(capture, model)
    store.write(result, path)
    return result


def _identity(provenance: Provenance) -> tuple[object, ...]:
    return (
        provenance.parameters,
        provenance.model_digest,
        provenance.clips_digest,
        provenance.versions,
    )


def _expected(analyzer: Analyzer, capture: Capture) -> tuple[object, ...]:
    made = capture.provenance
    parameters = to_json(asdict(analyzer))  # type: ignore[call-overload]
    return (parameters, made.model_digest, made.clips_digest, versions())
