"""Raw-waveform networks of very small kernels in blocks of two, after VGG.

Convolutions of kernel 3 with same padding, in blocks of two: c channels eight times, 2c eight
times, then 4c; MaxPool 3 after every block but the first, one linear layer. ``vgg_style_ch64-16``
has 470,736 parameters for 16 classes. Which of the first two blocks stands before the pooling
cannot be told from the printed counts.

Names: ``vgg_style[_kK]_chC-DEPTH[-doRATE][-bn]``, DEPTH even.
"""

from ..recipe import Recipe
from ..variant import Variant, variants
from ._chain import N_CLASSES, TASK, ChainFamily, ChainPlan, spec

__all__ = ["N_CLASSES", "TASK", "VARIANTS", "accepts", "build", "recipe", "spec"]

VARIANTS = variants(["vgg_style_ch64"], range(2, 19, 2))
_KERNEL = 3


def recipe(name: str) -> Recipe:  # noqa: ARG001 (one recipe serves the whole family)
    """How to train any of them on some thousand clips."""
    return Recipe(epochs=18)


def _plan(variant: Variant) -> ChainPlan | None:
    is_valid = variant.channels is not None and variant.kernel != _KERNEL
    if variant.family != "vgg_style" or variant.n_hidden is not None or not is_valid:
        return None
    depth, width = variant.n_convolutions, variant.channels or 0
    if depth % 2:
        return None
    return ChainPlan(
        channels=tuple(width * 2 ** (i // 8) for i in range(depth)),
        kernel=variant.kernel or _KERNEL,
        same=True,
        pool=3,
        pooled=tuple(i % 2 == 1 and i > 1 for i in range(depth)),
        ceil=False,
    )


_FAMILY = ChainFamily(_plan)
accepts, build = _FAMILY.accepts, _FAMILY.build
