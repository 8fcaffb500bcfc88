"""A map of integrated gradients beside that of a dense quadrature which adapts to nothing."""

import numpy as np
import torch
from torch import Tensor

from cnnviz.attribution.target_scores import TargetScores, batches
from cnnviz.dsp.stft import map_distance

N_NODES = 256
"""Gradients of a path: maps of logits are within 0.001 of those of sixteen times as many, that of
a contrast of log-mel detectors within 0.01 of that of twice as many."""
_LOWEST = 1e-12


def dense_coefficients(
    scores: TargetScores, clip: int, difference: Tensor, *, n_nodes: int = N_NODES
) -> Tensor:
    """Average the gradient over the path that ends in a clip, (samples,).

    The midpoint rule in ln a, from 1e-12 to the clip, and the first gradient taken for constant
    below: integral of g da = 1e-12 g(1e-12) + sum of a g(a) over nodes times the step of ln a.

    Parameters
    ----------
    scores, clip
        What is explained, and which of its clips.
    difference
        Clip minus baseline, (samples,).
    n_nodes
        Gradients.
    """
    step = -np.log(_LOWEST) / n_nodes
    places = _LOWEST * np.exp((np.arange(n_nodes) + 0.5) * step)
    nodes = torch.tensor(np.concatenate([[_LOWEST], places]))
    weights = torch.tensor(np.concatenate([[_LOWEST], step * places]))
    baseline = scores.clips[clip] - difference  # exactly 0 where it is silence
    total = torch.zeros_like(difference, dtype=torch.float64)
    for part in batches(torch.arange(len(nodes)), scores.batch):
        points = baseline + nodes[part, None].to(difference) * difference  # (node, samples)
        _, gradients = scores.gradients(points, torch.full((len(part),), clip))
        total += weights[part].to(total) @ gradients.double()
    return total


def dense_error(
    scores: TargetScores, clip: int, difference: np.ndarray, coefficients: np.ndarray
) -> float:
    """Relative L2 distance of a time-frequency map from that of the dense quadrature.

    Parameters
    ----------
    scores, clip
        What is explained, and which of its clips.
    difference, coefficients
        Of the map: clip minus baseline, and average gradient, (samples,).
    """
    dense = dense_coefficients(scores, clip, torch.tensor(difference).to(scores.clips))
    return map_distance(
        difference, coefficients, dense.cpu().numpy(), sample_rate=scores.sample_rate
    )
