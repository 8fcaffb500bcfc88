"""Results and captures as HDF5 files; the only importer of h5py."""

from cnnviz.store.capture import INDEX, Capture, open_capture
from cnnviz.store.channels import ExemplarTable, HeardRange
from cnnviz.store.parts import Parts, parts_of
from cnnviz.store.results import read, tried, write

__all__ = [
    "INDEX",
    "Capture",
    "ExemplarTable",
    "HeardRange",
    "Parts",
    "open_capture",
    "parts_of",
    "read",
    "tried",
    "write",
]
