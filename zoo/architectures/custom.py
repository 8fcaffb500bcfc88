"""Raw-waveform networks of small kernels: five samples wide, pooled by three at each step.

The ``custom`` series of the speech command study: convolutions of kernel 5 with same padding
and c, c, c, c, 2c, 2c, 2c, 2c, 4c channels, MaxPool 3 after every convolution but the first,
one linear layer. ``custom_ch32-8`` has 94,768 parameters for 16 classes.

Names: ``custom[_kK]_chC-DEPTH[-doRATE][-bn]``.
"""

from ..variant import Variant, variants
from ._chain import N_CLASSES, TASK, ChainFamily, ChainPlan, recipe, spec

__all__ = ["N_CLASSES", "TASK", "VARIANTS", "accepts", "build", "recipe", "spec"]

VARIANTS = (
    *variants(["custom_ch32"], range(3, 10)),
    *variants(["custom_ch64"], range(1, 10)),
    *variants(["custom_ch128"], range(3, 10)),
)
_KERNEL = 5


def _plan(variant: Variant) -> ChainPlan | None:
    is_valid = variant.channels is not None and variant.kernel != _KERNEL
    if variant.family != "custom" or variant.n_hidden is not None or not is_valid:
        return None
    depth, width = variant.n_convolutions, variant.channels or 0
    return ChainPlan(
        channels=tuple(width * 2 ** (i // 4) for i in range(depth)),
        kernel=variant.kernel or _KERNEL,
        same=True,
        pool=3,
        pooled=(False, *(True,) * (depth - 1)),
        ceil=False,
    )


_FAMILY = ChainFamily(_plan)
accepts, build = _FAMILY.accepts, _FAMILY.build
