"""Three networks of the twelve-keyword challenge: waveform, log-mel and MFCC side by side.

``simple_1d_net`` hears the waveform through ten blocks of two convolutions; ``se_resnet3`` sees
40 mel bands x 101 frames through residual blocks with squeeze and excitation; ``vgg_net1`` sees
40 cepstral coefficients x 101 frames.

References
----------
Hu, Shen and Sun, "Squeeze-and-Excitation Networks" (2018); Simonyan and Zisserman, "Very Deep
Convolutional Networks for Large-Scale Image Recognition" (2015).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from ..recipe import Augmentation, Recipe
from ._chain import initialised

if TYPE_CHECKING:
    from torch import nn

    from cnnviz.frontend import FrontendSpec
    from cnnviz.model import ModelSpec

VARIANTS = ("simple_1d_net", "se_resnet3", "vgg_net1")
TASK = "12 keywords (Speech Commands)"
N_CLASSES = 12
SAMPLE_RATE = 16_000  # Hz
N_SAMPLES = 16_000
_RAW_CHANNELS = (8, 16, 32, 64, 128, 256, 256, 512, 512, 1024)
_FIRST_DROPOUT = 4  # block of the raw network before which dropout begins
_STAGES = ((16, 1), (32, 2), (64, 2), (128, 2))  # channels, residual blocks
_VGG_CHANNELS = (8, 16, 32)
# Of bands and coefficients in dB, over training clips of twelve keywords, rounded. A coefficient
# is divided by the geometric mean of its deviation and 20 dB: the high ones, mostly noise, stay
# small, and the first do not drown all others.
_MEL_MEAN, _MEL_STD = -20.0, 20.0
_MFCC_MEAN = (-125.0, 41.0, 4.0, 8.0, -1.0, 3.0, 0.0, 1.0, 0.0, 2.0, *(0.0,) * 30)
_MFCC_STD = (
    *(45.0, 28.0, 19.0, 17.0, 17.0, 13.0, 13.0, 13.0, 12.0, 12.0, 12.0, 11.0, 11.0),
    *(10.0,) * 3,
    *(9.0,) * 5,
    *(8.0,) * 7,
    *(6.0,) * 12,
)


def accepts(name: str) -> bool:
    """Whether this is one of the three networks."""
    return name in VARIANTS


def build(name: str, n_classes: int) -> nn.Module:
    """Build a network that gives logits (clip, class).

    Parameters
    ----------
    name
        ``"simple_1d_net"`` for (clip, 1, 16000); ``"se_resnet3"`` and ``"vgg_net1"`` for
        (clip, 1, 40, 101).
    n_classes
        Number of outputs.
    """
    builders = {"simple_1d_net": _raw, "se_resnet3": _residual, "vgg_net1": _vgg}
    return initialised(builders[name](n_classes))


def spec(name: str, class_names: tuple[str, ...]) -> ModelSpec:
    """The input contract: one second at 16 kHz through the network's own frontend."""
    from cnnviz.model import ModelSpec

    return ModelSpec(
        architecture=f"zoo:{name}",
        sample_rate=SAMPLE_RATE,
        n_samples=N_SAMPLES,
        frontend=_frontend(name),
        class_names=class_names,
        output="logits",
    )


def recipe(name: str) -> Recipe:
    """How to train them on some thousand clips."""
    if name == "simple_1d_net":
        return Recipe(epochs=40)
    if name == "vgg_net1":  # the first coefficients carry too much to be hidden
        masks = Augmentation(time_masks=1, time_mask_frames=12)
        return Recipe(epochs=40, learning_rate=1.5e-3, stored="float16", augmentation=masks)
    masks = Augmentation(
        frequency_masks=2, frequency_mask_bands=6, time_masks=2, time_mask_frames=12
    )
    return Recipe(epochs=25, stored="float16", augmentation=masks)


def _frontend(name: str) -> FrontendSpec:
    """Bands every 10 ms from windows of 30 ms; `mean` and `std` bring values near 0 and 1."""
    from cnnviz.frontend import FrontendSpec

    if name == "simple_1d_net":
        return FrontendSpec(normalize="zscore")
    own: dict[str, Any] = (
        {"kind": "log_mel", "mean": _MEL_MEAN, "std": _MEL_STD}
        if name == "se_resnet3"
        else {"kind": "mfcc", "n_mfcc": 40, "mean": _MFCC_MEAN, "std": _MFCC_STD}
    )
    return FrontendSpec(
        normalize="zscore", n_fft=480, hop_length=160, n_mels=40, fmin=20.0, amin=1e-4, **own
    )


def _raw(n_classes: int) -> nn.Module:
    from torch import nn

    layers: OrderedDict[str, nn.Module] = OrderedDict()
    n_inputs = 1
    for i, n_channels in enumerate(_RAW_CHANNELS, start=1):
        if i >= _FIRST_DROPOUT:
            layers[f"dropout{i}"] = nn.Dropout(0.1)
        for part in "ab":
            layers[f"conv{i}{part}"] = nn.Conv1d(n_inputs, n_channels, 3, padding=1, bias=False)
            layers[f"norm{i}{part}"] = nn.BatchNorm1d(n_channels)
            layers[f"relu{i}{part}"] = nn.ReLU()
            n_inputs = n_channels
        if i < len(_RAW_CHANNELS):
            layers[f"pool{i}"] = nn.MaxPool1d(2)
    layers["average"] = nn.AdaptiveAvgPool1d(1)
    layers["flatten"] = nn.Flatten()
    return nn.Sequential(layers | _head((n_inputs, 512, 256), n_classes, rates=(0.5, 0.5, 0.0)))


def _residual(n_classes: int) -> nn.Module:
    from torch import nn

    from ._residual import SqueezeExciteBlock

    layers: OrderedDict[str, nn.Module] = OrderedDict()
    n_inputs = 1
    for i, (n_channels, n_blocks) in enumerate(_STAGES, start=1):
        layers |= _convolution(str(i), n_inputs, n_channels)
        for j in range(1, n_blocks + 1):
            layers[f"block{i}_{j}"] = SqueezeExciteBlock(n_channels)
        if i < len(_STAGES):
            layers[f"pool{i}"] = nn.MaxPool2d(2)
        layers[f"dropout{i}"] = nn.Dropout(0.1)
        n_inputs = n_channels
    layers |= _convolution("5", n_inputs, 256)
    layers["average"] = nn.AdaptiveAvgPool2d(1)
    layers["flatten"] = nn.Flatten()
    return nn.Sequential(layers | _head((256, 256), n_classes, rates=(0.2, 0.2)))


def _vgg(n_classes: int) -> nn.Module:
    from torch import nn

    layers: OrderedDict[str, nn.Module] = OrderedDict()
    n_inputs = 1
    for i, n_channels in enumerate(_VGG_CHANNELS, start=1):
        if i > 1:
            layers[f"dropout{i}"] = nn.Dropout(0.2)
        layers |= _convolution(f"{i}a", n_inputs, n_channels)
        layers |= _convolution(f"{i}b", n_channels, n_channels)
        layers[f"pool{i}"] = nn.MaxPool2d(2)
        n_inputs = n_channels
    layers["flatten"] = nn.Flatten()  # (clip, 32 * 5 * 12)
    return nn.Sequential(layers | _head((n_inputs * 5 * 12, 512, 256), n_classes, rates=(0.2,) * 3))


def _convolution(suffix: str, n_inputs: int, n_channels: int) -> OrderedDict[str, nn.Module]:
    from torch import nn

    return OrderedDict(
        {
            f"conv{suffix}": nn.Conv2d(n_inputs, n_channels, 3, padding=1, bias=False),
            f"norm{suffix}": nn.BatchNorm2d(n_channels),
            f"relu{suffix}": nn.ReLU(),
        }
    )


def _head(
    widths: tuple[int, ...], n_classes: int, *, rates: tuple[float, ...]
) -> OrderedDict[str, nn.Module]:
    """Linear layers from `widths` to the classes, each after dropout of its rate."""
    from torch import nn

    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for i, (n_inputs, rate) in enumerate(zip(widths, rates, strict=True), start=1):
        if rate:
            layers[f"hidden_dropout{i}"] = nn.Dropout(rate)
        last = i == len(widths)
        layers["linear" if last else f"hidden{i}"] = nn.Linear(
            n_inputs, n_classes if last else widths[i]
        )
        if not last:
            layers[f"hidden{i}_relu"] = nn.ReLU()
    return layers
