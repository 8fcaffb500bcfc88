"""What concepts say in words: which move which classes, and which the layer does not tell."""

import numpy as np

from cnnviz.results import Evidence, Finding, plural
from cnnviz.results.concept_sensitivity import ConceptSensitivity, LayerConcepts

_N_NAMED = 5


def concept_findings(result: ConceptSensitivity, layer: LayerConcepts) -> tuple[Finding, ...]:
    """Pairs of concept and class told from chance at a layer, and concepts without a vector."""
    return (_pairs(result, layer), *_missing(result, layer))


def _pairs(result: ConceptSensitivity, layer: LayerConcepts) -> Finding:
    told = result.is_significant(layer)
    n_pairs = int(np.isfinite(layer.score).sum())
    distance = np.where(told, np.abs(layer.score - layer.null_mean), -1.0)
    order = np.argsort(-distance, axis=None, kind="stable")[: min(_N_NAMED, int(told.sum()))]
    places = [divmod(int(k), told.shape[1]) for k in order]
    said = "; ".join(
        f"{result.concept_names[i]} for {result.class_names[k]} {layer.score[i, k]:.2f} (random "
        f"clips in its place: mean {layer.null_mean[i, k]:.2f}, 95 % from "
        f"{layer.null_low[i, k]:.2f} to {layer.null_high[i, k]:.2f}; p = {layer.p_value[i, k]:.2g})"
        for i, k in places
    )
    more = f", the first {len(places)} of them" if told.sum() > len(places) else ""
    counted = f"{layer.layer}: {int(told.sum()):,} of {plural(n_pairs, 'pair')} of concept and "
    return Finding(
        id=f"concept_scores:{layer.layer}",
        sentence=f"{counted}class have a TCAV score, or where it ties a mean derivative, beyond "
        f"that of random clips (FDR {100 * result.level:.0f} %)"
        + (f"{more}: {said}." if places else ": none is told."),
        evidence=(
            Evidence(name="pairs told from chance", value=told.sum()),
            Evidence(name="pairs", value=n_pairs),
            Evidence(name="clips", value=len(result.clip_index)),
            *(
                Evidence(
                    name=f"score of {result.concept_names[i]} for {result.class_names[k]}",
                    value=layer.score[i, k],
                )
                for i, k in places
            ),
        ),
        null=0.0,
    )


def _missing(result: ConceptSensitivity, layer: LayerConcepts) -> tuple[Finding, ...]:
    """Concepts whose sounds a classifier does not tell from random clips."""
    missing = np.flatnonzero(~result.has_vector(layer))
    if not len(missing):
        return ()
    said = ", ".join(f"{result.concept_names[i]} {layer.accuracy[i]:.2f}" for i in missing)
    return (
        Finding(
            id=f"concepts_without_vector:{layer.layer}",
            sentence=f"{layer.layer} has no activation vector of "
            f"{plural(len(missing), 'concept')}: sounds left out are told from clips no "
            f"better than random clips are (accuracy of {said}; "
            f"random clips {layer.accuracy_null[missing].mean():.2f}).",
            severity="warning",
            evidence=tuple(
                Evidence(
                    name=f"p of the accuracy of {result.concept_names[i]}",
                    value=layer.accuracy_p[i],
                )
                for i in missing
            ),
            threshold=result.level,
        ),
    )
