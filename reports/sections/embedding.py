"""Embedding: how the network lays out the clips, with the quality of the map beside it."""

import json
from collections.abc import Sequence

import numpy as np

from cnnviz.clips import TRAINING, ClipTable
from cnnviz.marks import N_MARKS, mark_of
from cnnviz.results import ClipGallery, Embedding
from cnnviz.run import Run

from ..figures.embedding import SOURCE, embedding_figure
from ..own_names import differences, own_names
from ..parts import DataFile, Fact, Facts, Findings, Group, Interactive, Part, Section, Vector
from ..svg import Frame, label, marks, picture
from .clip_gallery import class_name, predictions

ORDER = 50
_METHODS = {"umap": "UMAP", "pca": "PCA"}


def section(run: Run) -> Section | None:
    """Maps of the clips, or None without an embedding."""
    embeddings = sorted(run.find(Embedding), key=_rank)
    if not embeddings:
        return None
    return Section(
        title="Embedding",
        anchor="embedding",
        text="Each dot is a clip, placed so that clips of similar numbers in the network lie close "
        "together as far as a plane allows; the quality beside each map says how far. Distances "
        f"between far groups mean little. Hover for the name, tap to listen{_legend(run)}.",
        parts=tuple(
            own_names(one, _group(one, run, told if _has_namesake(one, embeddings) else ""))
            for one, told in zip(embeddings, differences(embeddings), strict=True)
        ),
    )


def _rank(embedding: Embedding) -> tuple[bool, bool]:
    """UMAP first, and layers before the output, where the classes are apart by construction."""
    return method_name(embedding.method) == "PCA", embedding.layer in ("logits", "output")


def _has_namesake(embedding: Embedding, embeddings: Sequence[Embedding]) -> bool:
    """Whether another map has its method and layer."""
    named = [(one.method, one.layer) for one in embeddings]
    return named.count((embedding.method, embedding.layer)) > 1


def _legend(run: Run) -> str:
    """What a mark says and what the legend does, where clips have classes."""
    galleries = [one.clips for one in run.find(ClipGallery) if (one.clips.labels >= 0).any()]
    if not galleries:
        return ""
    repeats = max(len(clips.class_names) for clips in galleries) > N_MARKS
    marks = f"A class is a colour and a shape{', repeated where there are more' * repeats}"
    return f". {marks}: point at its name to see it alone, tap the name to hide it"


def _group(embedding: Embedding, run: Run, told: str) -> Group:
    """One map with its numbers."""
    clips = _clips(embedding, run)
    n_training = clips.splits.count(TRAINING)
    faint = f"; {n_training:,} of the training split are faint" if n_training else ""
    title = f"{method_name(embedding.method)} of {embedding.layer}"
    title += f" ({told})" if told else ""
    slug = f"embedding-{embedding.method}"
    fallback = _static(embedding, clips)
    parts: list[Part] = [
        Facts(items=_facts(embedding)),
        *((Findings(items=embedding.findings),) if embedding.findings else ()),
        Interactive(
            name=slug,
            item=embedding_figure(
                embedding, clips, predicted=_predicted(embedding, run), name=slug
            ),
            alt=fallback.alt,
            caption=f"{len(embedding.points):,} clips by {_features(embedding)}{faint}.",
            height=520,
            fallback=fallback,
            clip_source=SOURCE,
            data=_data(embedding, clips, slug),
        ),
    ]
    return Group(title=title, anchor=slug, parts=tuple(parts))


def method_name(method: str) -> str:
    """Published name of a method."""
    stem = method.removesuffix("_embedding")
    return _METHODS.get(stem, stem)


def _features(embedding: Embedding) -> str:
    """What the map was made of."""
    if embedding.pooling in ("", "none"):
        return f"the {embedding.layer}"
    pooling = embedding.pooling.replace("_", " and ")
    return f"the {pooling} over time of each channel of {embedding.layer}"


def _facts(embedding: Embedding) -> tuple[Fact, ...]:
    """Quality of the map."""
    k = embedding.n_neighbors
    facts = [
        Fact(
            label="Trustworthiness",
            value=f"{embedding.trustworthiness:.3f}",
            note=f"k = {k}",
        ),
        Fact(
            label="Continuity",
            value=f"{embedding.continuity:.3f}",
            note=f"k = {k}",
        ),
    ]
    if np.isfinite(embedding.knn_purity):
        facts += [
            Fact(
                label="kNN purity",
                value=f"{100 * embedding.knn_purity:.1f} %",
                note=f"by chance {100 * embedding.chance_purity:.1f} %",
            ),
            Fact(
                label="kNN purity before projection",
                value=f"{100 * embedding.knn_purity_input:.1f} %",
                note="in the network",
            ),
        ]
    if embedding.explained_variance.size and method_name(embedding.method) == "PCA":
        share = 100 * float(embedding.explained_variance[:2].sum())
        facts.append(Fact(label="Variance shown", value=f"{share:.1f} %", note="of two axes"))
    return tuple(facts)


def _clips(embedding: Embedding, run: Run) -> ClipTable:
    """The clips of the points in their order; without a gallery their numbers alone."""
    index = embedding.clip_index.tolist()
    for gallery in run.find(ClipGallery):
        clips = gallery.clips
        return ClipTable(
            names=tuple(clips.names[clip] for clip in index),
            labels=clips.labels[index],
            class_names=clips.class_names,
            splits=tuple(clips.splits[clip] for clip in index),
        )
    names = tuple(f"clip {clip}" for clip in index)
    return ClipTable(names=names, labels=np.full(len(names), -1))


def _predicted(embedding: Embedding, run: Run) -> tuple[str, ...]:
    """Class predicted for each point, a dash where it was not evaluated; nothing without scores."""
    known = predictions(run)
    return tuple(known.get(int(clip), "\u2014") for clip in embedding.clip_index) if known else ()


def _static(embedding: Embedding, clips: ClipTable) -> Vector:
    """Map as a static picture, with the name of each class at its median."""
    points = np.asarray(embedding.points, dtype=np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    pad = 0.05 * np.maximum(high - low, 1e-9)
    frame = Frame(
        width=720,
        height=460,
        x=(float(low[0] - pad[0]), float(high[0] + pad[0])),
        y=(float(low[1] - pad[1]), float(high[1] + pad[1])),
    )
    labels, is_training = clips.labels, np.array(clips.splits) == TRAINING
    drawn, texts = [], []
    for index in np.unique(labels):
        for is_faint in np.unique(is_training[labels == index]):
            chosen = points[(labels == index) & (is_training == is_faint)]
            xs, ys = frame.across(chosen[:, 0]), frame.up(chosen[:, 1])
            shapes = marks(xs, ys, mark_of(int(index)))
            drawn.append(f'<g class="training">{shapes}</g>' if is_faint else shapes)
        x, y = np.median(points[labels == index], axis=0)
        name = class_name(clips.class_names, int(index))
        texts.append(
            label(float(frame.across(x)), float(frame.up(y)), name, anchor="middle", css="name")
        )
    method = method_name(embedding.method)
    colours = ", coloured by class" if (labels >= 0).any() else ""
    return Vector(
        svg=picture(frame.width, frame.height, *drawn, *texts),
        alt=f"{method} map of {len(points)} clips by {embedding.layer}{colours}; "
        f"trustworthiness {embedding.trustworthiness:.3f}",
    )


def _data(embedding: Embedding, clips: ClipTable, slug: str) -> DataFile:
    """Points with their clips as JSON."""
    rows = [
        {
            "clip": int(embedding.clip_index[i]),
            "name": clips.names[i],
            "class": class_name(clips.class_names, int(clips.labels[i])),
            "split": clips.splits[i],
            "x": float(embedding.points[i, 0]),
            "y": float(embedding.points[i, 1]),
        }
        for i in range(len(clips))
    ]
    return DataFile(name=f"{slug}.json", text=json.dumps(rows, ensure_ascii=False, indent=0))
