"""Results and captures as HDF5 files; the only importer of h5py."""

from cnnviz.store.results import read, write

__all__ = ["read", "write"]
