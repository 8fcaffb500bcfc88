"""Residual block with squeeze and excitation, for spectrogram networks."""

import torch.nn.functional as F
from torch import Tensor, nn

_SQUEEZED = 16  # channels between the two 1 x 1 convolutions


class SqueezeExciteBlock(nn.Module):
    """Two convolutions whose channels are weighted by what the whole input holds.

    y = relu(x + s(f(x)) f(x)) with f two 3 x 3 convolutions and s, one weight in (0, 1) per
    channel, computed from the mean of f(x) over frequency and time.

    Parameters
    ----------
    n_channels
        Of input and output, (clip, channel, frequency, time).

    References
    ----------
    Hu, Shen and Sun, "Squeeze-and-Excitation Networks" (2018).
    """

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(n_channels, n_channels, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_channels)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(n_channels, n_channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_channels)
        self.squeeze = nn.Conv2d(n_channels, _SQUEEZED, 1)
        self.excite = nn.Conv2d(_SQUEEZED, n_channels, 1)
        self.relu2 = nn.ReLU()

    def forward(self, inputs: Tensor) -> Tensor:
        """Same shape as `inputs`."""
        residual = self.norm2(self.conv2(self.relu1(self.norm1(self.conv1(inputs)))))
        means = F.adaptive_avg_pool2d(residual, 1)  # (clip, channel, 1, 1)
        weights = self.excite(F.relu(self.squeeze(means))).sigmoid()
        result: Tensor = self.relu2(inputs + weights * residual)
        return result
