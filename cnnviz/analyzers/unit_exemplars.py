"""The clips that excite each unit most, as later layers see it, and how selective it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from cnnviz.analyzers._unit_findings import selectivity_findings
from cnnviz.dsp.sparseness import gini, treves_rolls
from cnnviz.errors import ParameterError
from cnnviz.evaluation.groups import number_groups
from cnnviz.evaluation.selectivity import class_selectivity
from cnnviz.grid import UNKNOWN, ReceptiveField
from cnnviz.parameters import Range, check_parameters
from cnnviz.results import Exemplars, LayerUnits, UnitExemplars, UnitSelectivity
from cnnviz.results.unit_exemplars import QUANTILES

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.capture import Capture
    from cnnviz.run import Run
    from cnnviz.store import HeardRange

_FEWEST_CLASSES = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class TopClips:
    """The excerpts that excite each unit most, beside the median and the least clip.

    A response is the largest activation of a channel over a clip after normalisation and
    activation; values below 0 count as 0. Top clips are of one speaker or recording each, where
    those are known, and cut to the receptive field of the response. Reference: top excerpts
    after Zhou, Khosla, Lapedriza, Oliva and Torralba, "Object Detectors Emerge in Deep Scene
    CNNs" (2015); selectivity after Morcos, Barrett, Rabinowitz and Botvinick, "On the Importance
    of Single Directions for Generalization" (2018); sparseness after Rolls and Tovee (1995).

    Parameters
    ----------
    n_clips
        Most top clips of each unit.
    n_permutations
        Permutations of the labels that selectivity is held against; fewer, at least 199, are
        made of very many clips.
    seed
        Of permutations and resamples.
    """

    n_clips: Annotated[int, Range(1)] = 5
    n_permutations: Annotated[int, Range(199)] = 999
    seed: Annotated[int, Range(0)] = 0

    def __post_init__(self) -> None:
        check_parameters(self)

    def run(self, run: Run) -> UnitExemplars:
        """Rank the clips of a capture for each unit.

        Raises
        ------
        ParameterError
            If there is no capture, or it does not hold what later layers see.
        """
        capture = run.capture
        heard = {layer: capture.heard(layer) for layer in capture.layers}
        known = {layer: one for layer, one in heard.items() if one is not None}
        if not known:
            raise ParameterError(
                "the capture, of an earlier version, does not hold what later layers see of each "
                "unit; allowed: captures of this version; capture again with --overwrite"
            )
        layers = tuple(self._units(capture, layer, one) for layer, one in known.items())
        return UnitExemplars(
            class_names=capture.class_names,
            labels=capture.labels,
            n_candidates=len(candidates(capture)),
            clip_seconds=capture.n_samples / capture.sample_rate,
            layers=layers,
            findings=selectivity_findings(layers, capture.class_names),
            provenance=run.provenance(self),
        )

    def _units(self, capture: Capture, layer: str, heard: HeardRange) -> LayerUnits:
        field = capture.grid(layer).receptive_field
        values = heard.highest
        responses = np.where(np.isfinite(values), np.maximum(values, 0), 0).astype(np.float64)
        index = pick(responses, candidates(capture), capture.clips.groups, self.n_clips)
        is_known = field is not None and field.status != UNKNOWN
        population = treves_rolls(responses.T)  # (clip,)
        seen = population[np.isfinite(population)]
        return LayerUnits(
            layer=layer,
            field_seconds=field.size / capture.sample_rate if field and is_known else None,
            field_status=field.status if field else UNKNOWN,
            lifetime_sparseness=treves_rolls(responses),
            gini=gini(responses),
            quantiles=np.quantile(responses, QUANTILES, axis=0).T,
            population_sparseness=np.quantile(seen, (0.25, 0.5, 0.75))
            if len(seen)
            else np.full(3, np.nan),
            n_negative=int((values < 0).sum()),
            exemplars=_excerpts(index, heard, field if is_known else None, capture),
            selectivity=self._selectivity(responses, capture),
        )

    def _selectivity(self, responses: np.ndarray, capture: Capture) -> UnitSelectivity | None:
        labels, is_labelled = capture.labels, capture.labels >= 0
        if len(np.unique(labels[is_labelled])) < _FEWEST_CLASSES:
            return None
        groups = number_groups(capture.clips.groups, capture.n_clips)
        _, groups = np.unique(groups[is_labelled], return_inverse=True)
        labels = labels[is_labelled]
        found = class_selectivity(
            responses[is_labelled],
            labels,
            groups,
            seed=self.seed,
            n_permutations=self.n_permutations,
        )
        return UnitSelectivity(
            best_class=found.best_class,
            best_mean=found.best_mean,
            best_interval=found.interval,
            index=found.index,
            null_quantile=found.null_quantile,
            p=found.p,
            is_selective=found.is_selective,
            expected_by_chance=found.expected_by_chance,
            n_permutations=found.n_permutations,
            exchanged=found.exchanged,
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:
    """Every run over clips has units."""
    return (TopClips(seed=run.options.seed),) if run.has_capture else ()


def candidates(capture: Capture) -> np.ndarray:
    """Clips that exemplars are taken from: those that can be heard, else all, int (clip,)."""
    return capture.audio_index if len(capture.audio_index) else np.arange(capture.n_clips)


def pick(
    responses: np.ndarray, among: np.ndarray, groups: tuple[str, ...], n_top: int
) -> np.ndarray:
    """Choose clips of each unit: the top ones, the median and the least.

    Parameters
    ----------
    responses
        (clip, unit).
    among
        Clips to choose from, int (candidate,).
    groups
        Speaker or recording of each clip, ``""`` where not known; a top clip is of another one
        than those above it.
    n_top
        Most top clips; each responds more than the least clip.

    Returns
    -------
    np.ndarray
        Clips, int64 (unit, n_top + 2); -1 where there is none. Of equal clips the earlier one
        stands above; the median of an even number is the lower one.

    Examples
    --------
    >>> pick(np.array([[2.0], [5.0], [4.0], [0.0]]), np.arange(4), ("a", "b", "b", "c"), 2)
    array([[1, 0, 0, 3]])
    """
    values = responses[among]  # (candidate, unit)
    numbers = number_groups(groups, len(responses))[among]
    order = np.argsort(-values, axis=0, kind="stable")
    chosen = np.full((values.shape[1], n_top + 2), -1, dtype=np.int64)
    for unit, ranking in enumerate(order.T):
        _, firsts = np.unique(numbers[ranking], return_index=True)
        top = ranking[np.sort(firsts)[:n_top]]
        top = top[values[top, unit] > values[ranking[-1], unit]]
        chosen[unit, : len(top)] = among[top]
    if len(among):
        chosen[:, -2], chosen[:, -1] = among[order[len(among) // 2]], among[order[-1]]
    return chosen


def _excerpts(
    index: np.ndarray, heard: HeardRange, field: ReceptiveField | None, capture: Capture
) -> Exemplars:
    """Where the highest response of each chosen clip, (channel, exemplar), came from."""
    channels = np.arange(len(index))[:, None]
    starts = np.zeros(index.shape)
    stops = np.full(index.shape, capture.n_samples / capture.sample_rate)
    if field is not None and heard.highest_cell is not None:
        cells = heard.highest_cell[index, channels]
        starts, stops = field.seconds_seen(cells, capture.n_samples, capture.sample_rate)
    is_none = index < 0
    return Exemplars(
        clip_index=index,
        starts=np.where(is_none, np.nan, starts),
        stops=np.where(is_none, np.nan, stops),
        values=np.where(is_none, np.nan, heard.highest[index, channels]).astype(np.float32),
    )
