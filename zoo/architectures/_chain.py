"""Raw-waveform networks that are one chain: convolutions and pooling, then linear layers.

The five series of the speech command study are such chains; a family says its `ChainPlan`, and
this file builds it, tells its input and checks its names.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.errors import ParameterError

from ..recipe import Recipe
from ..variant import Variant, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from cnnviz.model import ModelSpec

SAMPLE_RATE = 16_000  # Hz
N_SAMPLES = 16_000
N_CLASSES = 16  # of the study: zero to nine, bed, bird, tree, cat, house, dog
TASK = "16 spoken words (Speech Commands)"


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainPlan:
    """The layers of a chain.

    Parameters
    ----------
    channels
        Of each convolution.
    kernel
        Taps of every convolution.
    same
        Whether convolutions keep the length; else they have no padding.
    pool
        Width and stride of max pooling.
    pooled
        Whether pooling follows, for each convolution.
    ceil
        Whether pooling keeps a last, shorter window.
    hidden
        Widths of the linear layers before the last.
    """

    channels: tuple[int, ...]
    kernel: int
    same: bool
    pool: int
    pooled: tuple[bool, ...]
    ceil: bool
    hidden: tuple[int, ...] = ()

    def lengths(self, n_samples: int) -> tuple[int, ...]:
        """Cells in time after each convolution and its pooling; 0 and less: too deep."""
        n_cells, lengths = n_samples, []
        for pooled in self.pooled:
            n_cells -= 0 if self.same else self.kernel - 1
            if pooled:
                n_cells = -(-n_cells // self.pool) if self.ceil else n_cells // self.pool
            lengths.append(n_cells)
        return tuple(lengths)


class ChainFamily:
    """A family whose networks are chains.

    Parameters
    ----------
    plan_of
        The family's plan of a variant; None for variants of others, and for names that say
        what goes without saying.
    """

    def __init__(self, plan_of: Callable[[Variant], ChainPlan | None]) -> None:
        self._plan_of = plan_of

    def accepts(self, name: str) -> bool:
        """Whether this is a name of the family, listed or not.

        Raises
        ------
        ParameterError
            If a second of sound is too short for so many layers.
        """
        return self._read(name) is not None

    def build(self, name: str, n_classes: int) -> nn.Module:
        """Build a network for waveforms (clip, 1, 16000), giving logits (clip, class).

        Parameters
        ----------
        name
            One that `accepts`.
        n_classes
            Number of outputs.
        """
        variant_and_plan = self._read(name)
        assert variant_and_plan is not None, name
        return _build(*variant_and_plan, n_classes)

    def _read(self, name: str) -> tuple[Variant, ChainPlan] | None:
        variant = parse(name)
        plan = None if variant is None or variant.n_convolutions < 1 else self._plan_of(variant)
        if variant is None or plan is None:
            return None
        too_short = [i for i, n_cells in enumerate(plan.lengths(N_SAMPLES)) if n_cells < 1]
        if too_short:
            raise ParameterError(
                f"{name} has {variant.n_convolutions} convolutions; allowed: 1 to {too_short[0]}, "
                f"then nothing is left of {N_SAMPLES} audio samples; choose a smaller depth"
            )
        return variant, plan


def spec(name: str, class_names: tuple[str, ...]) -> ModelSpec:
    """The input contract: one second at 16 kHz, each clip of mean 0 and deviation 1."""
    from cnnviz.frontend import FrontendSpec
    from cnnviz.model import ModelSpec

    return ModelSpec(
        architecture=f"zoo:{name}",
        sample_rate=SAMPLE_RATE,
        n_samples=N_SAMPLES,
        frontend=FrontendSpec(normalize="zscore"),
        class_names=class_names,
        output="logits",
    )


def initialised(network: nn.Module) -> nn.Module:
    """He's normal initialisation: without batch norm, deep chains need it to learn at all."""
    from torch import nn

    for layer in network.modules():
        if isinstance(layer, nn.Conv1d | nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return network


def recipe(name: str) -> Recipe:  # noqa: ARG001 (one recipe serves a whole family)
    """How to train any chain on some thousand clips, unless its family says otherwise."""
    return Recipe()


def _build(variant: Variant, plan: ChainPlan, n_classes: int) -> nn.Module:
    from torch import nn

    layers: OrderedDict[str, nn.Module] = OrderedDict()
    n_inputs = 1
    for i, (n_channels, pooled) in enumerate(zip(plan.channels, plan.pooled, strict=True), start=1):
        padding = "same" if plan.same else 0
        layers[f"conv{i}"] = nn.Conv1d(n_inputs, n_channels, plan.kernel, padding=padding)
        if variant.batch_norm:
            layers[f"norm{i}"] = nn.BatchNorm1d(n_channels)
        layers[f"relu{i}"] = nn.ReLU()
        if pooled:
            layers[f"pool{i}"] = nn.MaxPool1d(plan.pool, ceil_mode=plan.ceil)
        n_inputs = n_channels
    layers["flatten"] = nn.Flatten()  # (clip, channel * time)
    n_inputs *= plan.lengths(N_SAMPLES)[-1]
    for i, n_outputs in enumerate(plan.hidden, start=1):
        layers[f"hidden{i}"] = nn.Linear(n_inputs, n_outputs)
        layers[f"hidden{i}_relu"] = nn.ReLU()
        n_inputs = n_outputs
    if variant.dropout:
        layers["dropout"] = nn.Dropout(variant.dropout)
    layers["linear"] = nn.Linear(n_inputs, n_classes)
    return initialised(nn.Sequential(layers))
