"""Filters read as digital filters, one bank per layer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results.bank_summary import BankSummary
from cnnviz.results.cepstra import Cepstra
from cnnviz.results.channel_order import ChannelOrder
from cnnviz.results.complex_pairs import ComplexPairs
from cnnviz.results.filter_details import FilterDetails
from cnnviz.results.filter_drift import FilterDrift
from cnnviz.results.finding import Finding
from cnnviz.results.modulation import InputKernels, Modulation
from cnnviz.results.result import Result
from cnnviz.results.twin_rows import BesideTwins, of_range
from cnnviz.results.untrained import Untrained

if TYPE_CHECKING:
    import pandas


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
        Standard deviations by which the highest peak stands above that of untrained filters.
    symmetry
        Signed, in [-1, 1]: 1 symmetric about some centre, -1 antisymmetric.
    centroid_seconds
        Energy centroid of the taps, from the first tap.
    rate_hz, scale_cycles_per_octave
        Best temporal and spectral modulation; `rate_cycles_per_frame` and
        `scale_cycles_per_channel` are the same without units of the axes. Rates are >= 0.
    direction
        (up - down) / (up + down) of modulation energy over the channels in order, in [-1, 1]:
        1 rises, -1 falls.
    separability
        Share of energy in the first singular value, in (0, 1]: 1 is frequency times time.
    shape
        ``"low-pass"``, ``"high-pass"``, ``"band-pass"``, ``"multi-band"``, ``"flat"``,
        ``"not peakier than untrained"`` (of ten taps or more, and no peakier than random taps
        either) or ``"dead"``.
    dead
        Whether later layers hear nothing of the filter: its taps are (nearly) zero, or it is
        normalised away, or nothing reads it; bool.
    duplicate_of, duplicate_r
        Index of an earlier filter or -1, and the signed maximal normalised correlation.
    notes
        Short texts.
    peakier, structured
        Whether the spectrum is less flat than that of 95 % of untrained twins; whether
        peakiness, symmetry or place of the energy are rarer than in 95 % of them, bool.
    quadrature_of
        Index of an earlier filter that this one is in quadrature with, or -1.
    drift_cosine, norm_change
        Cosine to the taps before training, in [-1, 1], and change of their norm over that norm.

    The last five are None in files of earlier versions.
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
    peakier: np.ndarray | None = None
    structured: np.ndarray | None = None
    quadrature_of: np.ndarray | None = None
    drift_cosine: np.ndarray | None = None
    norm_change: np.ndarray | None = None

    def __post_init__(self) -> None:
        freeze(self, **{field.name: ("filter",) for field in fields(self)})

    def columns(self) -> dict[str, Sequence[object]]:
        """Columns by name, without those that an earlier version did not have."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: column for name, column in columns.items() if column is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Responses:
    """Frequency responses of filters that can be brought to the waveform.

    Parameters
    ----------
    kernels
        Taps (filter, tap) the responses were computed from.
    frequencies
        Hz (n,), one-sided.
    magnitudes_db, phases, group_delays
        float32 (filter, n): dB re unit gain; unwrapped radians of the taps' transform; seconds
        from the first tap at which energy of that frequency is read. NaN where masked: 40 dB
        below the filter's peak, and dead filters.
    channel_magnitudes_db
        float32 (channel, filter, n) where the waveform has several channels, of each channel
        alone, while `magnitudes_db` is their sum; None for one channel.
    """

    kernels: InputKernels
    frequencies: np.ndarray
    magnitudes_db: np.ndarray
    phases: np.ndarray
    group_delays: np.ndarray
    channel_magnitudes_db: np.ndarray | None = None

    def __post_init__(self) -> None:
        freeze(
            self,
            frequencies=("n",),
            magnitudes_db=("filter", "n"),
            phases=("filter", "n"),
            group_delays=("filter", "n"),
            channel_magnitudes_db=(None, "filter", "n"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Bank:
    """The filters of one convolution, read as digital filters.

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
        input); None when it is not known.
    taps
        (filter, channel, time) or (filter, channel, frequency, time), as in the weights.
    tap_seconds
        Seconds of each tap from the first, (time,); None when `sample_rate` is not known.
    responses
        None where the taps cannot be brought to the waveform.
    modulation
        None where the taps span no frequency axis; else they are kernels on a spectrogram, or
        on input channels that stand for frequencies.
    channels
        None where the input channels have no centre frequency.
    order
        Row order of display: by centre frequency, dead filters last, (filter,).
    table
        Descriptors.
    findings
        What the numbers above say, the summary first.
    untrained
        What the filters were held against; None in files of earlier versions.
    summary
        What the filters are together; None where the way from the waveform to them is not linear
        up to a gain of the clip, where all are dead, for Fourier kernels, and in files of earlier
        versions.
    cepstra
        Where the kernels lie on cepstral coefficients, for their patterns over mel bands; None
        for other inputs, and in files of earlier versions.
    details
        Further descriptors; None without responses, and in files of earlier versions.
    drift
        What training moved; None without responses, where initial weights are not known, and in
        files of earlier versions.
    pairs
        Filters as parts of complex ones; None without responses, where there are no such parts,
        and in files of earlier versions.
    """

    layer: str
    kind: str
    description: str
    policy: str
    sample_rate: float | None
    taps: np.ndarray
    tap_seconds: np.ndarray | None
    responses: Responses | None
    modulation: Modulation | None
    channels: ChannelOrder | None
    order: np.ndarray
    table: FilterTable
    findings: tuple[Finding, ...]
    untrained: Untrained | None = None
    summary: BankSummary | None = None
    cepstra: Cepstra | None = None
    details: FilterDetails | None = None
    drift: FilterDrift | None = None
    pairs: ComplexPairs | None = None

    def __post_init__(self) -> None:
        freeze(self, tap_seconds=("time",), order=("filter",))

    @property
    def stride(self) -> int | None:
        """Audio samples between outputs; None without responses or where it is not known."""
        if self.details is None or self.responses is None or not len(self.order):
            return None
        rate = float(self.details.output_rate_hz[0])
        return round(2 * float(self.responses.frequencies[-1]) / rate) if rate > 0 else None

    def columns(self) -> dict[str, Sequence[object]]:
        """Columns of the table by name, and those of details, drift and pairs if there are any."""
        details = {} if self.details is None else self.details.columns()
        drift = {} if self.drift is None else self.drift.columns()
        columns: dict[str, Any] = {**self.table.columns(), **details, **drift}
        if self.pairs is not None:
            columns["analyticity"] = self.pairs.of_filters(len(self.table.dead))
        return columns


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class FilterResponses(Result):
    """Filter banks of the layers asked for, first layer first."""

    banks: tuple[Bank, ...]
    provenance: Provenance

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per filter of every bank, in the order of display."""
        import pandas

        frames = []
        for bank in self.banks:
            index = np.arange(len(bank.table.dead))
            columns = {"layer": bank.layer, "filter": index, **bank.columns()}
            frame = pandas.DataFrame(columns)
            frames.append(frame.iloc[bank.order])
        return pandas.concat(frames, ignore_index=True)

    def beside_twins(self) -> Iterator[BesideTwins]:
        """Counts and medians of each bank."""
        for bank in self.banks:
            if bank.untrained is None:
                continue
            n_live = int((~bank.table.dead).sum())
            ranges = (
                *bank.untrained.ranges,
                *(() if bank.summary is None else bank.summary.ranges),
            )
            for found in ranges:
                is_count = found in bank.untrained.ranges and found.name != "median Q"
                n = n_live if is_count else None
                is_own = bank.untrained.is_own
                yield of_range(self, bank.layer, "filters", found, n=n, is_own=is_own)
