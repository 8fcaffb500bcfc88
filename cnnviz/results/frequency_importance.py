"""Which frequencies the scores of each class rest on: relevance beside what ablation costs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, kw_only=True, slots=True)
class BandCurves:
    """Mean over the clips of each class, with its 95 % interval, each (class, band).

    The interval is that under resampling of speakers or recordings; NaN for one of them.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def __post_init__(self) -> None:
        freeze(self, **dict.fromkeys(("mean", "low", "high"), ("class", "band")))


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class FrequencyImportance(Result):
    """Curves over bands of frequency for each class, how they agree, and a map from the onset.

    Parameters
    ----------
    method
        Published name of what gave the relevance.
    score
        What was explained, in words.
    edges_hz
        Of the bands, from 0 to half the sample rate, (band + 1,).
    class_names
        Classes that were explained, (class,).
    clip_index, class_of_clip
        Positions in the run's clips, and in `class_names`, (clip,).
    n_groups
        Speakers or recordings of each class, (class,); clips where these are not known.
    importance
        Sum of relevance in each band, in units of the score.
    ablation
        Fall of the score without the band.
    energy
        Share of the energy of the clips, (class, band).
    agreement, energy_agreement
        Spearman correlation over the bands of importance, and of energy, with ablation, (class,).
    chance
        Largest agreement of the importance rotated along the bands, (class,).
    lead
        95 % interval of `agreement` - `energy_agreement`, (class, 2); NaN of one group.
    maps
        Mean relevance in each band, clips aligned by their onset, (class, band, time); 0 of a
        class without such clips.
    times
        From the onset in s, (time,).
    n_aligned
        Clips of each class with a clear onset, (class,).
    n_converged
        Clips whose relevance is within the tolerances of its method.
    findings
        Whether the relevance tells which bands count; clips that did not converge.
    """

    method: str
    score: str
    edges_hz: np.ndarray
    class_names: tuple[str, ...]
    clip_index: np.ndarray
    class_of_clip: np.ndarray
    n_groups: np.ndarray
    importance: BandCurves
    ablation: BandCurves
    energy: np.ndarray
    agreement: np.ndarray
    energy_agreement: np.ndarray
    chance: np.ndarray
    lead: np.ndarray
    maps: np.ndarray
    times: np.ndarray
    n_aligned: np.ndarray
    n_converged: int
    findings: tuple[Finding, ...] = ()
    provenance: Provenance

    def __post_init__(self) -> None:
        n_classes, n_bands = len(self.class_names), len(self.edges_hz) - 1
        per_class = ("n_groups", "agreement", "energy_agreement", "chance", "n_aligned")
        freeze(
            self,
            **dict.fromkeys(per_class, (n_classes,)),
            **dict.fromkeys(("clip_index", "class_of_clip"), ("clip",)),
            energy=(n_classes, n_bands),
            lead=(n_classes, 2),
            times=("time",),
            maps=(n_classes, n_bands, "time"),
        )
        for curves in (self.importance, self.ablation):
            assert curves.mean.shape == (n_classes, n_bands), curves.mean.shape

    @property
    def n_clips(self) -> np.ndarray:
        """Clips of each class, int (class,)."""
        return np.bincount(self.class_of_clip, minlength=len(self.class_names))

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per class and band."""
        import pandas

        n_classes, n_bands = self.energy.shape
        curves = {
            f"{name}_{field}".removesuffix("_mean"): getattr(getattr(self, name), field).ravel()
            for name in ("importance", "ablation")
            for field in ("mean", "low", "high")
        }
        return pandas.DataFrame(
            {
                "class_name": np.repeat(self.class_names, n_bands),
                "from_hz": np.tile(self.edges_hz[:-1], n_classes),
                "to_hz": np.tile(self.edges_hz[1:], n_classes),
                **curves,
                "energy": self.energy.ravel(),
            }
        )
