"""How far a map lies where the evidence is known to be."""

import numpy as np
from scipy.stats import rankdata


def mass_share(values: np.ndarray, truth: np.ndarray) -> float:
    """Share of the sum of values that lies in the truth; 0 where there is none.

    Parameters
    ----------
    values
        Not negative: |R|, or R where it is positive.
    truth
        Bool, of the same shape.

    References
    ----------
    Arras, Osman and Samek, "CLEVR-XAI: A benchmark dataset for the ground truth evaluation of
    neural network explanations" (2022): relevance mass accuracy.
    """
    total = float(values.sum(dtype=np.float64))
    return float(values[truth].sum(dtype=np.float64)) / total if total > 0 else 0.0


def rank_share(values: np.ndarray, truth: np.ndarray) -> float:
    """Share of the K highest cells that lie in the truth, which has K cells.

    References
    ----------
    Arras, Osman and Samek (2022): relevance rank accuracy.
    """
    k = int(truth.sum())
    highest = np.argpartition(-values, k - 1, axis=None)[:k]
    return float(truth.ravel()[highest].mean())


def hits(values: np.ndarray, truth: np.ndarray) -> bool:
    """Whether the highest cell lies in the truth.

    References
    ----------
    Zhang, Bargal, Lin, Brandt, Shen and Sclaroff, "Top-Down Neural Attention by Excitation
    Backprop" (2018): the pointing game.
    """
    return bool(truth.ravel()[values.argmax()])


def ranking_area(values: np.ndarray, truth: np.ndarray) -> float:
    """Probability that a cell of the truth is higher than one outside: the area under the ROC."""
    ranks = rankdata(values, axis=None)
    n_in, n_out = int(truth.sum()), int((~truth).sum())
    return float((ranks[truth.ravel()].sum() - n_in * (n_in + 1) / 2) / (n_in * n_out))
