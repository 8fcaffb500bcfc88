"""Further descriptors of filters that can be brought to the waveform."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from cnnviz.results._freeze import freeze


@dataclass(frozen=True, kw_only=True, slots=True)
class FilterDetails:
    """One row per filter; every column is (filter,).

    NaN, or an empty word, means that a quantity is not defined for the filter or not known.

    Parameters
    ----------
    noise_gain_db, l1_gain_db
        Re unit gain: of white noise (the energy of the taps), and of the loudest input within
        full scale (their sum without signs).
    spectral_centroid_hz, spectral_spread_hz
        Centroid and standard deviation of the power over frequency.
    median_hz, rolloff_5_hz, rolloff_95_hz
        Frequency below which 50 %, 5 % and 95 % of the power lie.
    bandwidth_10db_hz, reach_10db
        Width of the band around the peak above a tenth of its power, NaN where it runs to an end
        of the axis; which end: ``"0 Hz"``, ``"Nyquist"``, ``"both"`` or empty.
    occupied_95_hz
        Width of the band that holds 95 % of the power, with 2.5 % on either side.
    q_10db, q_erb
        Centre over the 10 dB width, and over the equivalent rectangular width; NaN where the
        band runs to an end of the axis.
    peak_to_mean_db
        Peak over mean power.
    spectral_entropy_bits
        Entropy of the power over frequency re a flat spectrum: 0 is flat, -1 fills one half.
    n_lobes
        Bands above a tenth of the peak's power; 0 for filters without taps.
    side_lobe_db
        Highest level outside the lobe of the peak, re the peak; NaN where there is none.
    duration_seconds
        Standard deviation of the taps' energy over time.
    heisenberg_area
        Duration times the standard deviation of the power over angular frequency, both of the
        analytic signal: 1/2 for a Gabor, more for others. NaN, like the next three, where the
        10 dB band runs to an end of the axis: the analytic signal then has no finite duration.
    envelope_skewness
        Of the squared envelope over time: above 0 where it rises faster than it falls.
    attack_seconds, decay_seconds
        From 1 / e of the envelope's maximum to it, and from it to 1 / e; NaN where the taps
        begin, or end, above.
    phase_class
        ``"linear"``, ``"minimum"``, ``"maximum"`` or ``"mixed"``, of the taps from the first to
        the last; empty where not known.
    output_rate_hz
        Rate of the layer's output, the sample rate over all strides up to it.
    alias_hz
        Where a tone at the peak appears in the output.
    baseband_leakage, zone_leakage
        Share of the energy above half the output rate; share outside the Nyquist zone of the
        output rate that has most of it.
    nyquist_zone
        That zone; 1 is the lowest.
    threshold_dbfs
        Level re a sine of full scale at which a tone at the centre opens the ReLU behind the
        filter, its bias and batch normalisation counted; NaN where any tone opens it, or where
        bias, normalisation or scale of the input are not known, or no ReLU follows.
    gain_at_minus_20_dbfs
        Rise of that ReLU's mean output over a tone of that level at the centre, over the tone's
        amplitude: 0 where the tone does not open it. NaN where the threshold cannot be known,
        and where a maximum over cells stands before the ReLU; None in files of earlier versions.
    """

    noise_gain_db: np.ndarray
    l1_gain_db: np.ndarray
    spectral_centroid_hz: np.ndarray
    spectral_spread_hz: np.ndarray
    median_hz: np.ndarray
    rolloff_5_hz: np.ndarray
    rolloff_95_hz: np.ndarray
    bandwidth_10db_hz: np.ndarray
    reach_10db: tuple[str, ...]
    occupied_95_hz: np.ndarray
    q_10db: np.ndarray
    q_erb: np.ndarray
    peak_to_mean_db: np.ndarray
    spectral_entropy_bits: np.ndarray
    n_lobes: np.ndarray
    side_lobe_db: np.ndarray
    duration_seconds: np.ndarray
    heisenberg_area: np.ndarray
    envelope_skewness: np.ndarray
    attack_seconds: np.ndarray
    decay_seconds: np.ndarray
    phase_class: tuple[str, ...]
    output_rate_hz: np.ndarray
    alias_hz: np.ndarray
    baseband_leakage: np.ndarray
    zone_leakage: np.ndarray
    nyquist_zone: np.ndarray
    threshold_dbfs: np.ndarray
    gain_at_minus_20_dbfs: np.ndarray | None = None

    def __post_init__(self) -> None:
        freeze(self, **{field.name: ("filter",) for field in fields(self)})

    def columns(self) -> dict[str, Sequence[object]]:
        """Columns by name, without those that an earlier version did not have."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: column for name, column in columns.items() if column is not None}
