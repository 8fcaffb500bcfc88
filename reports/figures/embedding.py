"""Scatter of an embedding: WebGL marks, one colour and shape per class, hover and tap."""

from collections.abc import Sequence

import numpy as np
from bokeh.models import CDSView, ColumnDataSource, HoverTool, IndexFilter, Range1d, TapTool
from bokeh.plotting import figure

from cnnviz.clips import TRAINING, ClipTable
from cnnviz.marks import mark_of
from cnnviz.results import Embedding
from reports.parts import JSON

from .items import json_item

SOURCE = "points"
"""Name of the data source; its column ``clip`` says which clip a dot is."""
_SIZES = ((500, 9), (6000, 7))
"""CSS pixels of a mark by the number of points up to which it holds."""
_SMALLEST = 5
_GREY = "#7a8592"
_FAINT = 0.25


def embedding_figure(
    embedding: Embedding,
    clips: ClipTable,
    *,
    predicted: Sequence[str] = (),
    name: str,
) -> dict[str, JSON]:
    """Build the scatter of a map of clips.

    The page's script gives the dots of a renderer ``"class:<name>"`` the page's colour of the
    number in its tags, and makes a legend of these renderers.

    Parameters
    ----------
    embedding
        Points (clip, 2).
    clips
        Those of the points; of the training split they are faint.
    predicted
        Class predicted for each point; empty where the model claims no classes.
    name
        Unique in the page.
    """
    points = np.asarray(embedding.points, dtype=np.float32)
    labels, class_names = clips.labels, clips.class_names
    known = [class_names[k] if 0 <= k < len(class_names) else "" for k in labels]
    columns = {
        "x": points[:, 0],
        "y": points[:, 1],
        "clip": np.asarray(embedding.clip_index, dtype=np.int32),
        "name": list(clips.names),
        "label": known,
        "split": list(clips.splits),
        "alpha": [_FAINT if split == TRAINING else 0.85 for split in clips.splits],
    }
    if predicted:
        columns["predicted"] = list(predicted)
    made = _plane(points)
    source = ColumnDataSource(columns, name=SOURCE)
    size = next((size for most, size in _SIZES if len(points) <= most), _SMALLEST)
    for index in np.unique(labels):
        _dots(made, source, labels, int(index), size=size, class_names=class_names)
    tips = [("clip", "@name"), ("true", "@label")]
    tips += [("predicted", "@predicted")] if predicted else []
    tips += [("split", "@split")] if any(clips.splits) else []
    made.add_tools(HoverTool(tooltips=tips, point_policy="snap_to_data"), TapTool())
    return json_item(made, name)


def _plane(points: np.ndarray) -> figure:
    """Empty figure with a margin around the points and no axes, which have no unit."""
    low, high = points.min(axis=0).astype(float), points.max(axis=0).astype(float)
    pad = 0.05 * np.maximum(high - low, 1e-6)
    made = figure(
        height=500,
        min_width=240,
        sizing_mode="stretch_width",
        output_backend="webgl",
        tools="pan,wheel_zoom,box_zoom,reset,save",
        active_scroll=None,
        toolbar_location="above",
        x_range=Range1d(low[0] - pad[0], high[0] + pad[0]),
        y_range=Range1d(low[1] - pad[1], high[1] + pad[1]),
    )
    made.toolbar.logo = None
    made.axis.visible = False
    made.grid.visible = False
    made.outline_line_color = None
    made.background_fill_color = made.border_fill_color = None
    return made


def _dots(
    made: figure,
    source: ColumnDataSource,
    labels: np.ndarray,
    index: int,
    *,
    size: int,
    class_names: Sequence[str],
) -> None:
    """Add the dots of one class; those not tapped stay visible."""
    known = 0 <= index < len(class_names)
    mark = mark_of(index if known else -1)
    chosen = np.nonzero(labels == index)[0]
    drawn = made.scatter(
        "x",
        "y",
        source=source,
        view=CDSView(filter=IndexFilter(chosen.tolist())),
        marker=mark.shape,
        size=size,
        fill_color=_GREY,
        line_color=_GREY,
        line_width=1.4 if mark.is_open else 0.5,
        line_alpha="alpha",
        fill_alpha=0 if mark.is_open else "alpha",
        nonselection_fill_alpha=0 if mark.is_open else 0.45,
        muted_fill_alpha=0 if mark.is_open else 0.05,
        muted_line_alpha=0.05,
    )
    drawn.name = f"class:{class_names[index] if known else 'no class'}"
    drawn.tags = [mark.colour, "open" if mark.is_open else "filled"]
