"""Raw-waveform networks with one linear layer, whose channels double at each step.

Convolutions without padding and 8, 16, 32, ... channels, max pooling (the last, shorter window
is kept) after every convolution: by 4 with kernels of 25 taps and more, by 3 with shorter ones,
as in the study's two series, ``only_conv_k25`` and ``only_conv_k5``.

Names: ``only_conv_kK[_chC]-DEPTH[-doRATE][-bn]``.
"""

from ..variant import Variant, variants
from ._chain import N_CLASSES, TASK, ChainFamily, ChainPlan, recipe, spec

__all__ = ["N_CLASSES", "TASK", "VARIANTS", "accepts", "build", "recipe", "spec"]

VARIANTS = (
    *variants(["only_conv_k25"], range(1, 6)),
    *variants(["only_conv_k5"], range(1, 9)),
)
_CHANNELS = 8
_LONG = 25  # taps from which the study pools by four


def _plan(variant: Variant) -> ChainPlan | None:
    is_incomplete = variant.kernel is None or variant.n_hidden is not None
    if variant.family != "only_conv" or is_incomplete or variant.channels == _CHANNELS:
        return None
    depth, width = variant.n_convolutions, variant.channels or _CHANNELS
    kernel = variant.kernel or 0
    return ChainPlan(
        channels=tuple(width * 2**i for i in range(depth)),
        kernel=kernel,
        same=False,
        pool=4 if kernel >= _LONG else 3,
        pooled=(True,) * depth,
        ceil=True,
    )


_FAMILY = ChainFamily(_plan)
accepts, build = _FAMILY.accepts, _FAMILY.build
