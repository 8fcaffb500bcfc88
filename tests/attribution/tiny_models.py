"""Tiny networks whose gradients are known in closed form."""

import torch
from torch import nn


class Linear(nn.Module):
    """f_k(x) = w_k . x + b_k."""

    def __init__(self, weight, bias=0.0):
        super().__init__()
        self.weight = nn.Parameter(weight)
        self.bias = bias

    def forward(self, x):
        return x.squeeze(1) @ self.weight.T + self.bias


class Quadratic(nn.Module):
    """f_k(x) = x' Q_k x."""

    def __init__(self, matrices):
        super().__init__()
        self.matrices = nn.Parameter(matrices)

    def forward(self, x):
        x = x.squeeze(1)
        return torch.einsum("bi,kij,bj->bk", x, self.matrices, x)


def convolutional(bias=True, activation=nn.ReLU, pool=nn.MaxPool1d, seed=0):
    """Two convolutions, batch normalisation where there is a bias, three classes."""
    torch.manual_seed(seed)
    network = nn.Sequential(
        nn.Conv1d(1, 8, 9, stride=2, bias=bias),
        nn.BatchNorm1d(8) if bias else nn.Identity(),
        activation(),
        pool(2),
        nn.Conv1d(8, 6, 5, bias=bias),
        activation(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(6, 3, bias=bias),
    )
    if bias:
        network.train()
        network(torch.randn(32, 1, 400))
    return network
