"""BC-ResNet at scale 2, written from its description; loads ``bcresnet_sc35.pt`` strictly.

Kim, Chang, Lee and Sung, "Broadcasted residual learning for efficient keyword spotting", 2021
(arXiv 2106.04140); sub-spectral normalisation from Chang et al., 2021 (arXiv 2103.13620).
"""

import torch
from torch import Tensor, nn

FRONTEND = {
    "kind": "log_mel",
    "n_fft": 1024,
    "hop_length": 512,
    "n_mels": 40,
    "fmin": 0.0,
    "fmax": 8000.0,
    "htk": True,
    "norm": None,
    "power": 2,
    "log": "log2",
    "offset": 1e-9,
    "amin": 0.0,
    "center": True,
    "pad_mode": "reflect",
}
WORDS = (
    *("backward", "bed", "bird", "cat", "dog", "down", "eight", "five", "follow", "forward"),
    *("four", "go", "happy", "house", "learn", "left", "marvin", "nine", "no", "off", "on"),
    *("one", "right", "seven", "sheila", "six", "stop", "three", "tree", "two", "up", "visual"),
    *("wow", "yes", "zero"),
)
SPEC = {
    "sample_rate": 16_000,
    "n_samples": 16_000,
    "frontend": FRONTEND,
    "class_names": list(WORDS),
}


class SubSpectralNorm(nn.Module):
    """BatchNorm with its own statistics for each of five frequency bands."""

    def __init__(self, n_channels: int, n_bands: int = 5) -> None:
        super().__init__()
        self.n_bands = n_bands
        self.bn = nn.BatchNorm2d(n_channels * n_bands)

    def forward(self, inputs: Tensor) -> Tensor:
        n, c, f, t = inputs.shape
        bands = inputs.view(n, c * self.n_bands, f // self.n_bands, t)
        return self.bn(bands).view(n, c, f, t)


def temporal(n_channels: int, dilation: int) -> nn.Sequential:
    """The branch that runs on the mean over frequency."""
    return nn.Sequential(
        nn.Conv2d(
            n_channels, n_channels, (1, 3), groups=n_channels, padding="same",
            dilation=(1, dilation),
        ),
        nn.BatchNorm2d(n_channels),
        nn.SiLU(),
        nn.Conv2d(n_channels, n_channels, 1),
        nn.Dropout2d(0.1),
    )  # fmt: skip


class Normal(nn.Module):
    """Broadcasted residual block that keeps its shape."""

    def __init__(self, n_channels: int, dilation: int) -> None:
        super().__init__()
        self.f2 = nn.Sequential(
            nn.Conv2d(n_channels, n_channels, (3, 1), groups=n_channels, padding="same"),
            SubSpectralNorm(n_channels),
        )
        self.f1 = temporal(n_channels, dilation)

    def forward(self, inputs: Tensor) -> Tensor:
        spectral = self.f2(inputs)
        broadcast = self.f1(spectral.mean(2, keepdim=True))  # (clip, channel, 1, time)
        return torch.relu(inputs + spectral + broadcast)


class Transition(nn.Module):
    """Broadcasted residual block that changes channels and perhaps halves the frequencies."""

    def __init__(self, n_in: int, n_out: int, *, stride: int, dilation: int) -> None:
        super().__init__()
        padding = "same" if stride == 1 else (1, 0)
        self.f2 = nn.Sequential(
            nn.Conv2d(n_in, n_out, 1),
            nn.BatchNorm2d(n_out),
            nn.ReLU(),
            nn.Conv2d(n_out, n_out, (3, 1), (stride, 1), padding, groups=n_out),
            SubSpectralNorm(n_out),
        )
        self.f1 = temporal(n_out, dilation)

    def forward(self, inputs: Tensor) -> Tensor:
        spectral = self.f2(inputs)
        return torch.relu(spectral + self.f1(spectral.mean(2, keepdim=True)))


class BCResNet(nn.Module):
    """Names as in the published state dict; squeezes the batch axis of a single clip away."""

    def __init__(self, n_classes: int = 35) -> None:
        super().__init__()
        self.input_conv = nn.Conv2d(1, 32, 5, stride=(2, 1), padding=2)
        self.t1 = Transition(32, 16, stride=1, dilation=1)
        self.n11 = Normal(16, 1)
        self.t2 = Transition(16, 24, stride=2, dilation=2)
        self.n21 = Normal(24, 2)
        self.t3 = Transition(24, 32, stride=2, dilation=4)
        self.n31, self.n32, self.n33 = Normal(32, 4), Normal(32, 4), Normal(32, 4)
        self.t4 = Transition(32, 40, stride=1, dilation=8)
        self.n41, self.n42, self.n43 = Normal(40, 8), Normal(40, 8), Normal(40, 8)
        self.dw_conv = nn.Conv2d(40, 40, 5, groups=20)
        self.onexone_conv = nn.Conv2d(40, 64, 1)
        self.head_conv = nn.Conv2d(64, n_classes, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        values = self.n11(self.t1(self.input_conv(inputs)))  # (clip, 16, 20, time)
        values = self.n21(self.t2(values))  # (clip, 24, 10, time)
        values = self.n33(self.n32(self.n31(self.t3(values))))  # (clip, 32, 5, time)
        values = self.n43(self.n42(self.n41(self.t4(values))))  # (clip, 40, 5, time)
        values = self.onexone_conv(self.dw_conv(values)).mean(-1, keepdim=True)
        return torch.log_softmax(self.head_conv(values).squeeze(), -1)


def build() -> nn.Module:
    """The network of ``bcresnet_sc35.pt``."""
    return BCResNet()
