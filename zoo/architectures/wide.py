"""Raw-waveform networks of wide kernels and many channels.

Convolutions without padding and c, c, 2c, 2c, 4c, 4c channels, MaxPool 3 (the last, shorter
window is kept) after every convolution, one linear layer. The study printed three series of
kernel 25; the counts of ``wide_k25_ch64`` follow from no such chain and stand beside ours in
``cnnviz zoo list``.

Names: ``wide_kK_chC-DEPTH[-doRATE][-bn]``.
"""

from ..variant import Variant, variants
from ._chain import N_CLASSES, TASK, ChainFamily, ChainPlan, recipe, spec

__all__ = ["N_CLASSES", "TASK", "VARIANTS", "accepts", "build", "recipe", "spec"]

VARIANTS = variants(["wide_k25_ch32", "wide_k25_ch64", "wide_k25_ch128"], range(1, 7))


def _plan(variant: Variant) -> ChainPlan | None:
    is_incomplete = variant.kernel is None or variant.channels is None
    if variant.family != "wide" or is_incomplete or variant.n_hidden is not None:
        return None
    depth, width = variant.n_convolutions, variant.channels or 0
    return ChainPlan(
        channels=tuple(width * 2 ** (i // 2) for i in range(depth)),
        kernel=variant.kernel or 0,
        same=False,
        pool=3,
        pooled=(True,) * depth,
        ceil=True,
    )


_FAMILY = ChainFamily(_plan)
accepts, build = _FAMILY.accepts, _FAMILY.build
