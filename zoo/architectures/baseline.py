"""Raw-waveform networks with wide kernels and large linear layers: the study's baseline.

Convolutions of kernel 25 without padding and 8, 16, 32, ... channels, MaxPool 4 (the last,
shorter window is kept) after every convolution, then linear layers of 1024 (``fc1``) or 1024
and 512 (``fc2``). ``baseline_fc2-5`` has 1,855,056 parameters for 16 classes. Where the study
put its dropout is not printed; here it stands before the last linear layer.

Names: ``baseline_fcF[_kK][_chC]-DEPTH[-doRATE][-bn]``.
"""

from ..variant import Variant, variants
from ._chain import N_CLASSES, TASK, ChainFamily, ChainPlan, recipe, spec

__all__ = ["N_CLASSES", "TASK", "VARIANTS", "accepts", "build", "recipe", "spec"]

VARIANTS = variants(["baseline_fc1", "baseline_fc2"], (4, 5))
_KERNEL, _CHANNELS = 25, 8
_HIDDEN = (1024, 512)


def _plan(variant: Variant) -> ChainPlan | None:
    is_redundant = variant.kernel == _KERNEL or variant.channels == _CHANNELS
    if variant.family != "baseline" or variant.n_hidden not in (1, 2) or is_redundant:
        return None
    depth, width = variant.n_convolutions, variant.channels or _CHANNELS
    return ChainPlan(
        channels=tuple(width * 2**i for i in range(depth)),
        kernel=variant.kernel or _KERNEL,
        same=False,
        pool=4,
        pooled=(True,) * depth,
        ceil=True,
        hidden=_HIDDEN[: variant.n_hidden],
    )


_FAMILY = ChainFamily(_plan)
accepts, build = _FAMILY.accepts, _FAMILY.build
