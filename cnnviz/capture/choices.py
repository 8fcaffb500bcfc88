"""What the user may choose about a capture."""

from dataclasses import dataclass
from types import MappingProxyType

from cnnviz.defaults import N_SHOWN
from cnnviz.errors import ParameterError
from cnnviz.store.shards import PACKINGS

ITEM_SIZES = MappingProxyType({"float16": 2, "float32": 4})


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """What the user may choose about a capture.

    Parameters
    ----------
    layers
        Names of layer calls; empty: every convolution that is no front end, and the layer whose
        output enters the last one.
    n_maps
        Clips whose full feature maps are kept, spread evenly over the classes; as many as a
        report shows, for each costs megabytes.
    budget_bytes
        Full maps are kept for as many of these clips as fit, uncompressed; where no layers are
        named, of as many layers as fit with all of these clips, the first one always.
    dtype
        Storage of full maps: ``"float16"`` or ``"float32"``.
    batch_size
        Clips in one forward pass; None: about half a million audio samples.
    packing
        ``"none"``, which is fastest; ``"lzf"``, half the size, read by h5py; ``"gzip"``, a
        little smaller and slower, read by all of HDF5.
    shard_bytes
        Size of one shard before compression: what a stop can cost.
    """

    layers: tuple[str, ...] = ()
    n_maps: int = N_SHOWN
    budget_bytes: int = 1 << 30
    dtype: str = "float16"
    batch_size: int | None = None
    packing: str = "none"
    shard_bytes: int = 1 << 28

    def __post_init__(self) -> None:
        for name, least in (("n_maps", 0), ("budget_bytes", 0), ("shard_bytes", 1)):
            if getattr(self, name) < least:
                raise ParameterError(f"{name}={getattr(self, name)}; allowed: {least} or more")
        if self.dtype not in ITEM_SIZES:
            raise ParameterError(f"dtype={self.dtype!r}; allowed: {', '.join(ITEM_SIZES)}")
        if self.packing not in PACKINGS:
            raise ParameterError(f"packing={self.packing!r}; allowed: {', '.join(PACKINGS)}")
        if self.batch_size is not None and self.batch_size < 1:
            raise ParameterError(f"batch_size={self.batch_size}; allowed: 1 or more")
