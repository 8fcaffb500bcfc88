"""What methods of explanation are called in a sentence."""

from collections.abc import Mapping
from types import MappingProxyType

_PROPER: Mapping[str, str] = MappingProxyType(
    {
        "deeplift": "DeepLIFT",
        "grad_cam": "Grad-CAM",
        "layer_cam": "LayerCAM",
        "lrp": "LRP",
        "smoothgrad": "SmoothGrad",
    }
)


def method_words(method: str) -> str:
    """Name of a method as its authors write it.

    Examples
    --------
    >>> method_words("grad_cam"), method_words("integrated_gradients")
    ('Grad-CAM', 'integrated gradients')
    """
    return _PROPER.get(method, method.replace("_", " "))
