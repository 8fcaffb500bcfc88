"""The map that keeps neighbourhoods."""

import os
import subprocess
import sys
import warnings

import numpy as np
import pytest
from scipy.spatial import cKDTree

from cnnviz.analyzers import umap_embedding
from cnnviz.analyzers.umap_embedding import UMAPEmbedding, lay_out
from cnnviz.errors import ParameterError
from cnnviz.run import Run


def test_planted_groups_stay_apart_and_the_map_is_trustworthy(recorded):
    labels = np.repeat(np.arange(4), 30)
    generator = np.random.default_rng(0)
    logits = 20 * generator.normal(size=(4, 12))[labels] + generator.normal(size=(120, 12))
    capture = recorded(logits=logits, labels=labels)

    found = UMAPEmbedding().run(Run(capture=capture))

    assert found.knn_purity >= 0.99
    assert found.trustworthiness >= 0.95
    assert found.continuity >= 0.9
    assert found.knn_purity_input >= 0.99
    assert found.points.shape == (120, 2)
    assert found.provenance.seed == 0


def test_random_labels_are_as_pure_as_chance(recorded):
    generator = np.random.default_rng(0)
    logits, labels = generator.normal(size=(150, 10)), generator.integers(0, 3, 150)

    found = UMAPEmbedding().run(Run(capture=recorded(logits=logits, labels=labels)))

    assert found.knn_purity == pytest.approx(found.chance_purity, abs=0.06)


@pytest.mark.parametrize("n_clips", [4, 7, 25])
def test_few_clips_and_repeated_ones_give_the_same_map_twice(n_clips):
    values = np.repeat(np.random.default_rng(0).normal(size=(2, 5)), n_clips, axis=0)[:n_clips]

    first, again = (lay_out(values, n_neighbors=2, min_dist=0.1, seed=3) for _ in range(2))

    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, again)


def test_a_single_column_can_be_laid_out():
    points = lay_out(np.arange(12.0)[:, None], n_neighbors=3, min_dist=0.1, seed=0)

    assert np.isfinite(points).all()


def test_more_rows_than_umap_compares_itself_get_their_true_neighbours():
    """From 4,096 rows on UMAP would search approximately, with functions compiled first."""
    values = np.random.default_rng(0).normal(size=(4200, 3)).astype(np.float32)

    index, distances = umap_embedding._neighbours(values, 6)

    found, rows = cKDTree(values).query(values, 6)
    np.testing.assert_allclose(distances, found, atol=1e-3)
    assert (index == rows).mean() > 0.999  # but for ties in single precision
    assert (index[:, 0] == np.arange(4200)).all()


@pytest.mark.parametrize("n_rows", [20, 300])
def test_few_rows_have_the_neighbours_that_umap_finds_itself(n_rows):
    values = np.random.default_rng(0).normal(size=(n_rows, 5)).astype(np.float32)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from umap import UMAP

        ours, its_own = (
            UMAP(n_neighbors=5, n_epochs=1, random_state=0, n_jobs=1, precomputed_knn=knn)
            .fit(values)
            .graph_.toarray()
            for knn in (umap_embedding._neighbours(values, 5), (None, None))
        )

    np.testing.assert_allclose(ours, its_own, atol=1e-4)


def test_another_seed_gives_another_map():
    values = np.random.default_rng(0).normal(size=(40, 5))

    maps = [lay_out(values, n_neighbors=5, min_dist=0.1, seed=seed) for seed in (0, 1)]

    assert not np.array_equal(*maps)


def test_a_distance_out_of_range_is_refused():
    with pytest.raises(ParameterError, match="min_dist=2; allowed: 0 to 1"):
        UMAPEmbedding(min_dist=2)


_FEW = np.arange(24.0).reshape(12, 2) % 7
_LAY_OUT_AND_COUNT = """
import numpy as np, torch, umap.umap_ as steps
from cnnviz.analyzers.umap_embedding import lay_out

torch.set_num_threads(3)
torch.get_num_threads()  # torch sets the number itself once more when first asked
lay_out(np.arange(24.0).reshape(12, 2) % 7, n_neighbors=3, min_dist=0.1, seed=0)
slow = (steps.smooth_knn_dist, steps.compute_membership_strengths)
for function in slow:
    print(sum(function.stats.cache_hits.values()), sum(function.stats.cache_misses.values()))
print(torch.get_num_threads())
"""


@pytest.fixture(scope="module")
def of_the_next_process() -> list[str]:
    """Hits and misses of two functions, and torch's threads, in a process after this one."""
    lay_out(_FEW, n_neighbors=3, min_dist=0.1, seed=0)  # compiles, or reads what is left
    command = [sys.executable, "-c", _LAY_OUT_AND_COUNT]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return found.stdout.split()


def test_what_umap_compiled_once_is_read_by_the_next_process(of_the_next_process) -> None:
    assert of_the_next_process[:4] == ["1", "0"] * 2


def test_torch_keeps_its_threads(of_the_next_process) -> None:
    assert of_the_next_process[4:] == ["3"]
