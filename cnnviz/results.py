"""The result types: everything an analyzer can answer, as frozen arrays with their axes.

This is a closed set. Arrays are read-only numpy; axes are ordered clip, channel, frequency,
time; nothing here knows torch, files or pictures.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar, TypeVar

import numpy as np

from cnnviz.errors import ShapeError
from cnnviz.grid import Grid, ReceptiveField
from cnnviz.provenance import Provenance
from cnnviz.shown import Shown

if TYPE_CHECKING:
    import pandas

R = TypeVar("R")


def _freeze(record: object, **shapes: tuple[object, ...]) -> None:
    """Make every array of a record read-only and check named axes against each other.

    `shapes` maps a field to its axes; equal axis names must have equal lengths, an int is
    a length, None is free.
    """
    lengths: dict[str, int] = {}
    for field in fields(record):  # type: ignore[arg-type]
        value = getattr(record, field.name)
        if isinstance(value, np.ndarray):
            value = value.view()
            value.setflags(write=False)
            object.__setattr__(record, field.name, value)
    for name, axes in shapes.items():
        array = getattr(record, name)
        if array is None:
            continue
        shape = np.shape(array) if isinstance(array, np.ndarray) else (len(array),)
        wanted = tuple(lengths.get(a) if isinstance(a, str) else a for a in axes)
        fits = len(shape) == len(axes) and all(
            w is None or w == s for w, s in zip(wanted, shape, strict=True)
        )
        if not fits:
            raise ShapeError(
                f"{type(record).__name__}.{name} has shape {shape}; allowed: "
                f"({', '.join(map(str, axes))}) with {lengths}"
            )
        lengths.update({a: s for a, s in zip(axes, shape, strict=True) if isinstance(a, str)})


@dataclass(frozen=True, kw_only=True, slots=True)
class FilterTable:
    """One row per filter; every column is (filter,).

    NaN means that a quantity is not defined for the filter (Q of a low-pass, everything of a
    dead one) or not known (Hz on axes without units).

    Parameters
    ----------
    peak_hz, centre_hz
        Frequency of the highest gain; middle of the band above half power. For kernels over
        frequency channels: the channel of most energy, and the energy's centroid.
    bandwidth_3db_hz, erb_hz, q_3db
        Half-power width, equivalent rectangular width, centre over half-power width.
    peak_gain_db, dc_gain_db, nyquist_gain_db
        Re unit gain.
    spectral_flatness
        Geometric over arithmetic mean of the power spectrum, in [0, 1].
    tuning_z
        Standard deviations by which the filter is peakier than untrained ones.
    symmetry
        Signed, in [-1, 1]: 1 symmetric about some centre, -1 antisymmetric.
    centroid_seconds
        Energy centroid of the taps, from the first tap.
    rate_hz, scale_cycles_per_octave
        Best temporal and spectral modulation; `rate_cycles_per_frame` and
        `scale_cycles_per_channel` are the same without units of the axes. Rates are >= 0.
    direction
        (up - down) / (up + down) of modulation energy, in [-1, 1]: 1 rises, -1 falls.
    separability
        Share of energy in the first singular value, in (0, 1]: 1 is frequency times time.
    shape
        ``"low-pass"``, ``"high-pass"``, ``"band-pass"``, ``"multi-band"``, ``"flat"``,
        ``"untuned"`` (of ten taps or more, and not told from an untrained filter) or ``"dead"``.
    dead
        Whether the taps are (nearly) zero, bool.
    duplicate_of, duplicate_r
        Index of an earlier filter or -1, and the signed maximal normalised correlation.
    notes
        Short texts.
    """

    peak_hz: np.ndarray
    centre_hz: np.ndarray
    bandwidth_3db_hz: np.ndarray
    erb_hz: np.ndarray
    q_3db: np.ndarray
    peak_gain_db: np.ndarray
    dc_gain_db: np.ndarray
    nyquist_gain_db: np.ndarray
    spectral_flatness: np.ndarray
    tuning_z: np.ndarray
    symmetry: np.ndarray
    centroid_seconds: np.ndarray
    rate_hz: np.ndarray
    rate_cycles_per_frame: np.ndarray
    scale_cycles_per_octave: np.ndarray
    scale_cycles_per_channel: np.ndarray
    direction: np.ndarray
    separability: np.ndarray
    shape: tuple[str, ...]
    dead: np.ndarray
    duplicate_of: np.ndarray
    duplicate_r: np.ndarray
    notes: tuple[str, ...]

    def __post_init__(self) -> None:
        _freeze(self, **{field.name: ("filter",) for field in fields(self)})


@dataclass(frozen=True, kw_only=True, slots=True)
class FilterBank:
    """The filters of one convolution, read as digital filters.

    A bank has responses over frequency where its taps can be brought to the waveform
    (`frequencies` is not empty), and modulation where its taps span a frequency axis
    (`modulation` is not empty): spectrogram kernels, and second layers whose input channels
    are sorted by centre frequency.

    Parameters
    ----------
    layer
        Dotted name, with ``#k`` for the k-th further call of a shared module.
    kind
        ``"1d"``: taps along channel and time; ``"2d"``: along channel, frequency and time.
    description
        One line such as ``"Conv1d 1->32, 5 taps, stride 1"``.
    policy
        How nonlinearities between layers were treated, or why there is no composite; empty
        for a first layer.
    sample_rate
        Rate in Hz of the axis the taps run along (audio rate over the jump of the layer's
        input); NaN when it is not known.
    taps
        (filter, channel, time) or (filter, channel, frequency, time), as in the weights.
    tap_seconds
        Seconds of each tap from the first, (time,); empty when `sample_rate` is not known.
    kernels
        Taps seen at the network's input, from which responses were computed: (filter, tap),
        summed over input channels, or (filter, frequency, time); float64. Empty (0, 0) where
        there is none.
    kernel_seconds
        Seconds of each tap of `kernels` from the first, (tap,); empty when not known.
    kernel_offset, kernel_jump
        First audio sample seen by output 0, and audio samples between outputs; NaN when not
        known.
    frequencies
        Hz (n,), one-sided; empty (0,) where there are no responses in Hz.
    magnitudes_db, phases, group_delays
        float32 (filter, n): dB re unit gain; unwrapped radians of the taps' transform; seconds
        from the first tap at which energy of that frequency is read. NaN where masked: 40 dB
        below the filter's peak, and dead filters.
    channel_magnitudes_db
        float32 (channel, filter, n) where the waveform has several channels, of each channel
        alone, while `magnitudes_db` is their sum; empty (0, 0, 0) otherwise.
    channel_order, channel_centre_hz
        Input channels sorted by centre frequency (of the filters of the layer before, or of
        the frontend's bands), and those frequencies in that order; empty (0,) where the input
        channels have none.
    modulation
        Modulation transfer magnitude float32 (filter, scale, rate), re its maximum; empty
        (0, 0, 0) where there is none.
    rates, scales
        Axes of `modulation`: rates negative and positive (negative: rising in frequency),
        scales >= 0, in `rate_unit` and `scale_unit`.
    rate_unit, scale_unit
        ``"Hz"`` or ``"cycles/frame"``; ``"cycles/octave"`` or ``"cycles/channel"``.
    reference_hz
        Where on the frequency axis cycles per octave hold; None: over the whole axis, or the
        axis has no unit.
    order
        Row order of display: by centre frequency, dead filters last, (filter,).
    table
        Descriptors.
    findings
        Sentences in plain words, each derived from the numbers above.
    """

    layer: str
    kind: str
    description: str
    policy: str
    sample_rate: float
    taps: np.ndarray
    tap_seconds: np.ndarray
    kernels: np.ndarray
    kernel_seconds: np.ndarray
    kernel_offset: float
    kernel_jump: float
    frequencies: np.ndarray
    magnitudes_db: np.ndarray
    phases: np.ndarray
    group_delays: np.ndarray
    channel_magnitudes_db: np.ndarray
    channel_order: np.ndarray
    channel_centre_hz: np.ndarray
    modulation: np.ndarray
    rates: np.ndarray
    scales: np.ndarray
    rate_unit: str
    scale_unit: str
    reference_hz: float | None
    order: np.ndarray
    table: FilterTable
    findings: tuple[str, ...]

    def __post_init__(self) -> None:
        _freeze(
            self,
            frequencies=("n",),
            magnitudes_db=("filter", "n"),
            phases=("filter", "n"),
            group_delays=("filter", "n"),
            order=("filter",),
            channel_order=("channel",),
            channel_centre_hz=("channel",),
            modulation=(None, "scale", "rate"),
            rates=("rate",),
            scales=("scale",),
        )


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class FilterResponses(Shown):
    """Filter banks of the layers asked for, first layer first."""

    corridor: ClassVar[str] = "filter_responses"
    banks: tuple[FilterBank, ...]
    provenance: Provenance

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per filter of every bank, in the order of display."""
        import pandas

        frames = []
        for bank in self.banks:
            columns = {field.name: getattr(bank.table, field.name) for field in fields(bank.table)}
            index = np.arange(len(bank.table.dead))
            frame = pandas.DataFrame({"layer": bank.layer, "filter": index, **columns})
            frames.append(frame.iloc[bank.order])
        return pandas.concat(frames, ignore_index=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerMaps:
    """Feature maps of one layer at display resolution.

    `maps` is float32 (clip, channel, time) or (clip, channel, frequency, time), peak-pooled
    along time to at most a few hundred bins; `grid` gives each cell's receptive-field centre;
    `order` sorts channels by centre frequency where it is known.
    """

    layer: str
    maps: np.ndarray
    grid: Grid
    order: np.ndarray
    channel_centre_hz: np.ndarray

    def __post_init__(self) -> None:
        axes: tuple[object, ...] = ("clip", "channel", "time")
        if self.maps.ndim == 4:
            axes = ("clip", "channel", "frequency", "time")
        _freeze(self, maps=axes, order=("channel",))


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class FeatureMaps(Shown):
    """Feature maps of a few clips: `clip_index` (clip,) points into the clips of the run."""

    corridor: ClassVar[str] = "feature_maps"
    clip_index: np.ndarray
    layers: tuple[LayerMaps, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        _freeze(self, clip_index=("clip",))

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per layer, clip and channel, with its largest and mean activation."""
        import pandas

        frames = []
        for layer in self.layers:
            cells = layer.maps.reshape(*layer.maps.shape[:2], -1)  # (clip, channel, cell)
            clip, channel = np.indices(cells.shape[:2])
            columns = {"clip_index": self.clip_index[clip.ravel()], "channel": channel.ravel()}
            columns |= {"maximum": cells.max(2).ravel(), "mean": cells.mean(2).ravel()}
            frames.append(pandas.DataFrame({"layer": layer.layer, **columns}))
        return pandas.concat(frames, ignore_index=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerRow:
    """One layer call of the network, in order of execution.

    `time_field` and `frequency_field` are receptive fields in audio samples and in frequency
    cells of the network's input; None where there is no such axis. `output_shape` leaves the
    clip axis out.
    """

    name: str
    kind: str
    detail: str
    output_shape: tuple[int, ...]
    n_parameters: int
    time_field: ReceptiveField | None
    frequency_field: ReceptiveField | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelStatistics:
    """Statistics of a captured layer over all clips, each (channel,)."""

    layer: str
    mean: np.ndarray
    maximum: np.ndarray
    rms: np.ndarray
    fraction_silent: np.ndarray

    def __post_init__(self) -> None:
        columns = ("mean", "maximum", "rms", "fraction_silent")
        _freeze(self, **dict.fromkeys(columns, ("channel",)))


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class LayerStatistics(Shown):
    """The network's layers with their receptive fields, and what its channels did on the clips.

    `sample_rate` is in Hz, `n_samples` the length of the network's input in audio samples;
    `fraction_silent` counts clips on which a channel never rose above zero; `findings` are
    sentences in plain words.
    """

    corridor: ClassVar[str] = "layer_statistics"
    model_name: str
    sample_rate: int
    n_samples: int
    n_parameters: int
    frontend: str
    class_names: tuple[str, ...]
    layers: tuple[LayerRow, ...]
    channels: tuple[ChannelStatistics, ...]
    findings: tuple[str, ...]
    provenance: Provenance

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per layer, receptive field in audio samples."""
        import pandas

        rows = []
        for row in self.layers:
            field = row.time_field
            rows.append(
                {
                    "layer": row.name,
                    "kind": row.kind,
                    "detail": row.detail,
                    "shape": "x".join(map(str, row.output_shape)),
                    "parameters": row.n_parameters,
                    "receptive_offset": field.offset if field else None,
                    "receptive_jump": field.jump if field else None,
                    "receptive_size": field.size if field else None,
                    "receptive_status": field.status if field else None,
                }
            )
        return pandas.DataFrame(rows)


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class ClipGallery(Shown):
    """The clips of a run, and the audio of some of them to play.

    Parameters
    ----------
    names, labels, splits, notes
        (clip,): path relative to the folder; class index or -1; split or ""; remarks such
        as ``"synthetic"``.
    class_names
        Names that `labels` point into.
    durations
        Seconds (clip,) before cropping or padding.
    audio_index
        Clips whose audio is kept, (audio,).
    waveforms
        float32 (audio, samples), full scale 1.
    skipped
        ``"path: reason"`` of each file that could not be used.
    """

    corridor: ClassVar[str] = "clip_gallery"
    columns: ClassVar[tuple[str, ...]] = ("names", "labels", "splits", "notes", "durations")
    names: tuple[str, ...]
    labels: np.ndarray
    class_names: tuple[str, ...]
    splits: tuple[str, ...]
    notes: tuple[str, ...]
    durations: np.ndarray
    sample_rate: int
    audio_index: np.ndarray
    waveforms: np.ndarray
    skipped: tuple[str, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        columns = ("names", "labels", "splits", "notes", "durations")
        axes: dict[str, tuple[object, ...]] = dict.fromkeys(columns, ("clip",))
        _freeze(self, **axes, audio_index=("audio",), waveforms=("audio", "samples"))


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Attribution(Shown):
    """Signed relevance of each input cell for one target, by one method.

    Parameters
    ----------
    method
        Published name, such as ``"integrated_gradients"``.
    clip_index, targets
        (clip,): position in the run's clips; class index explained.
    target_names
        Its class name, (clip,).
    waveform
        Relevance of each audio sample, float32 (clip, samples); sums to the explained
        difference of the score.
    time_frequency
        Relevance on the STFT plane, float32 (clip, frequency, time); same sum per clip.
    grid
        Axes of `time_frequency` in Hz and s.
    baseline
        The reference input in words, with unit.
    output
        What was explained: ``"logits"`` or ``"log_probabilities"``.
    scores, baseline_scores
        Score of the target for the clip and for the baseline, (clip,).
    completeness_errors
        |sum R - (f(x) - f(x'))| / max(|f(x) - f(x')|, floor), (clip,); for methods that
        promise no completeness it says how far they are from it.
    converged
        Whether the completeness error is within the tolerance of the method, (clip,).
    energy_correlations
        Spearman correlation of |relevance| with the energy of the clip over 10 ms frames,
        (clip,): a map that only repeats the envelope is near 1.
    n_steps
        Evaluations per clip of a path method, else 1.
    """

    corridor: ClassVar[str] = "attribution"
    columns: ClassVar[tuple[str, ...]] = (
        "clip_index",
        "target_names",
        "scores",
        "baseline_scores",
        "completeness_errors",
        "converged",
        "energy_correlations",
    )
    method: str
    clip_index: np.ndarray
    targets: np.ndarray
    target_names: tuple[str, ...]
    waveform: np.ndarray
    time_frequency: np.ndarray
    grid: Grid
    baseline: str
    output: str
    scores: np.ndarray
    baseline_scores: np.ndarray
    completeness_errors: np.ndarray
    converged: np.ndarray
    energy_correlations: np.ndarray
    n_steps: int
    provenance: Provenance

    def __post_init__(self) -> None:
        clip = ("clip_index", "targets", "target_names", "scores", "baseline_scores")
        more = ("completeness_errors", "converged", "energy_correlations")
        axes: dict[str, tuple[object, ...]] = dict.fromkeys(clip + more, ("clip",))
        axes["waveform"] = ("clip", "samples")
        axes["time_frequency"] = ("clip", "frequency", "time")
        _freeze(self, **axes)


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Embedding(Shown):
    """2-D projection of clip-level activations, with its quality beside it.

    `points` is (clip, 2); `clip_index` (clip,). `trustworthiness` and `continuity` are in
    [0, 1] at `n_neighbors`; `knn_purity` is the mean share of the `purity_neighbors` nearest
    neighbours in the plane that carry the clip's label, `knn_purity_input` the same before
    projection, `chance_purity` what shuffled labels give. NaN without labels.
    """

    corridor: ClassVar[str] = "embedding"
    columns: ClassVar[tuple[str, ...]] = ("clip_index", "points")
    method: str
    layer: str
    pooling: str
    points: np.ndarray
    clip_index: np.ndarray
    n_neighbors: int
    trustworthiness: float
    continuity: float
    knn_purity: float
    knn_purity_input: float
    chance_purity: float
    purity_neighbors: int
    explained_variance: np.ndarray
    provenance: Provenance

    def __post_init__(self) -> None:
        _freeze(self, points=("clip", 2), clip_index=("clip",))


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassAverage:
    """Precision, recall and F1 averaged over the classes that have clips, each in [0, 1]."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Reliability:
    """Accuracy over confidence in bins of equal width.

    `edges` are (bin + 1,) from 0 to 1; `counts` are clips (bin,); `confidence` and `accuracy`
    are means over them, NaN where a bin is empty.
    """

    edges: np.ndarray
    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray

    def __post_init__(self) -> None:
        _freeze(self, **dict.fromkeys(("counts", "confidence", "accuracy"), ("bin",)))


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Evaluation(Shown):
    """How well a model classifies labelled clips.

    Parameters
    ----------
    class_names
        In order of the outputs, (class,).
    split
        Clips evaluated; ``"all"`` without splits.
    clip_index, clip_names
        Of each scored clip: its position in the run, and its name, (clip,).
    labels, predictions
        Class indices, int64 (clip,).
    probabilities
        float32 (clip, class).
    confusion
        Counts of (true, predicted) classes.
    accuracy, balanced_accuracy, kappa
        Share of right clips; mean recall; agreement beyond chance, NaN with one class alone.
    accuracy_interval, balanced_accuracy_interval, kappa_interval, macro_f1_interval
        95 % bootstrap intervals, (2,).
    precision, recall, f1, support
        (class,): rates, NaN where not defined, and clips.
    macro, weighted
        Averages that count each class once, or by its clips.
    roc_auc, roc_auc_reasons
        (class,): area under the ROC curve against the rest, in [0, 1], NaN where not defined;
        and why it is not, or ``""``.
    macro_roc_auc, weighted_roc_auc
        Means of the areas that are defined.
    reliability
        Accuracy over confidence.
    expected_calibration_error
        Mean distance of both, in [0, 1].
    confident_right, confident_wrong
        Clips classified right, or wrong, with the highest probability; positions in
        `clip_index`, the surest first, (n,).
    nearest_boundary
        Clips whose two highest probabilities are closest; likewise.
    findings
        Sentences in plain words.
    """

    corridor: ClassVar[str] = "evaluation"
    columns: ClassVar[tuple[str, ...]] = (
        "class_names",
        "precision",
        "recall",
        "f1",
        "roc_auc",
        "support",
    )
    class_names: tuple[str, ...]
    split: str
    clip_index: np.ndarray
    clip_names: tuple[str, ...]
    labels: np.ndarray
    predictions: np.ndarray
    probabilities: np.ndarray
    confusion: np.ndarray
    accuracy: float
    accuracy_interval: np.ndarray
    balanced_accuracy: float
    balanced_accuracy_interval: np.ndarray
    kappa: float
    kappa_interval: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray
    macro: ClassAverage
    macro_f1_interval: np.ndarray
    weighted: ClassAverage
    roc_auc: np.ndarray
    roc_auc_reasons: tuple[str, ...]
    macro_roc_auc: float
    weighted_roc_auc: float
    reliability: Reliability
    expected_calibration_error: float
    confident_right: np.ndarray
    confident_wrong: np.ndarray
    nearest_boundary: np.ndarray
    findings: tuple[str, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        clip: dict[str, tuple[object, ...]] = dict.fromkeys(
            ("clip_index", "clip_names", "labels", "predictions"), ("clip",)
        )
        columns: dict[str, tuple[object, ...]] = dict.fromkeys(
            ("precision", "recall", "f1", "support", "roc_auc", "roc_auc_reasons"), ("class",)
        )
        table: dict[str, tuple[object, ...]] = {
            "class_names": ("class",),
            "probabilities": ("clip", "class"),
            "confusion": ("class", "class"),
        }
        _freeze(self, **clip, **table, **columns)


Result = (
    FilterResponses
    | FeatureMaps
    | LayerStatistics
    | ClipGallery
    | Attribution
    | Embedding
    | Evaluation
)


def find(results: Iterable[object], kind: type[R]) -> tuple[R, ...]:
    """Pick the results of one type, in the order given."""
    return tuple(result for result in results if isinstance(result, kind))
