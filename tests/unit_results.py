"""Units as an analyzer finds them, small, for figures and pages."""

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results import Exemplars, LayerUnits, UnitExemplars, UnitSelectivity


def units_of_two_layers() -> UnitExemplars:
    """Two layers of four units; unit 3 of each never responds."""
    responses = np.array([[5.0, 1, 2, 0], [4, 1, 0, 0], [1, 6, 1, 0], [0, 5, 2, 0]])  # (clip, unit)
    index = np.array([[0, 1, 2, 3], [2, 3, 1, 0], [0, 3, 2, 1], [-1, -1, -1, -1]])
    is_none = index < 0
    exemplars = Exemplars(
        clip_index=index,
        starts=np.where(is_none, np.nan, 0.1 * index),
        stops=np.where(is_none, np.nan, 0.1 * index + 0.3),
        values=np.where(is_none, np.nan, responses[index, np.arange(4)[:, None]]),
    )
    selectivity = UnitSelectivity(
        best_class=np.array([0, 1, 1, -1]),
        best_mean=np.array([4.5, 5.5, 1.5, np.nan]),
        best_interval=np.array([[4, 5], [5, 6], [np.nan, np.nan], [np.nan, np.nan]]),
        index=np.array([0.8, 0.69, 0.2, np.nan]),
        null_quantile=np.array([0.5, 0.5, 0.4, np.nan]),
        p=np.array([0.001, 0.01, 0.4, np.nan]),
        is_selective=np.array([True, True, False, False]),
        expected_by_chance=0.1,
        n_permutations=999,
        exchanged="clips",
    )
    layers = tuple(
        LayerUnits(
            layer=layer,
            field_seconds=0.3,
            field_status="exact",
            lifetime_sparseness=np.array([0.5, 0.4, 0.2, np.nan]),
            gini=np.array([0.4, 0.3, 0.2, np.nan]),
            quantiles=np.tile(np.linspace(0, 5, 7), (4, 1)),
            population_sparseness=np.array([0.3, 0.4, 0.5]),
            n_negative=0,
            exemplars=exemplars,
            selectivity=selectivity,
        )
        for layer in ("conv1", "conv2")
    )
    return UnitExemplars(
        class_names=("yes", "$no_"),
        labels=np.array([0, 0, 1, 1]),
        n_candidates=4,
        clip_seconds=1.0,
        layers=layers,
        provenance=Provenance(created="2026-01-01T00:00:00Z", model_name="tiny"),
    )
