"""How much of the score flows through each channel of a layer, by its frequency."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results.attribution import Checks, Target, name_score
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result

CELLS = ("channel", "band")


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class ChannelConductance(Result):
    """Conductance of the channels of one layer, or of its bands, for a few clips.

    Parameters
    ----------
    layer
        Name of the layer call.
    cell
        ``"channel"``: filters with centre frequencies; ``"band"``: rows of a spectral layer, all
        channels together.
    centre_hz
        Of each channel or band in Hz, (channel,); NaN where a filter has none.
    clip_index
        Positions in the run's clips, (clip,).
    target, output
        As in `Relevance`.
    scores, baseline_scores
        Explained score of the clip and of silence, (clip,).
    conductance
        Signed, in units of the score, (clip, channel).
    mean, low, high
        Mean over the clips, and its 95 % interval under resampling of clips, (channel,); the
        interval is NaN for one clip.
    checks
        Whether conductance sums to score - baseline score and stays with more steps, per clip.
    n_steps
        Gradients of a clip, at most.
    findings
        Which clips did not converge; which frequencies the score uses, where chance does not.
    """

    columns: ClassVar[tuple[str, ...]] = ("centre_hz", "mean", "low", "high")

    layer: str
    cell: str
    centre_hz: np.ndarray
    clip_index: np.ndarray
    target: Target
    output: str
    scores: np.ndarray
    baseline_scores: np.ndarray
    conductance: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    checks: Checks
    n_steps: int
    findings: tuple[Finding, ...] = ()
    provenance: Provenance

    def __post_init__(self) -> None:
        assert self.cell in CELLS, self.cell
        per_clip = ("clip_index", "scores", "baseline_scores")
        per_channel = ("centre_hz", "mean", "low", "high")
        axes = {**dict.fromkeys(per_clip, ("clip",)), **dict.fromkeys(per_channel, ("channel",))}
        freeze(self, **axes, conductance=("clip", "channel"))

    @property
    def score_name(self) -> str:
        """What the explained score is, in words."""
        return name_score(self.target.kind, self.output)
