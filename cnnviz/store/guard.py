"""What an HDF5 file may hold before anything of it is read.

Files of a run may come from strangers. HDF5 can fetch the bytes of a dataset from any other
file, run filters that others install, link in circles, and make up values that were never
written: none of this is written by cnnviz, and all of it is refused.
"""

import re

import h5py

from cnnviz.errors import CaptureFormatError

PART_NAME = re.compile(r"capture/part-\d{5,9}\.h5")
_FILTERS = frozenset({h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_LZF})
_NUMBERS = "biufc"
_MOST_UNPACKED = 1 << 30  # bytes of an array; a larger one has a larger file
_MOST_PACKED = 50  # times the bytes of its file


def check_file(file: h5py.File) -> None:
    """Refuse a file that reaches outside itself or holds what cnnviz never writes.

    Virtual datasets may name parts of the run; they are not read through.

    Raises
    ------
    CaptureFormatError
        With the name of the link or dataset, and what it is.
    """
    for name, kind in _links(file):
        fault = _fault_of_link(file, name, kind)
        if fault:
            shown = name.decode("utf-8", "backslashreplace")
            raise CaptureFormatError(
                f"{file.filename} is refused: {shown!r} {fault}; allowed: what cnnviz writes; "
                "run the command that wrote it again"
            )


def read_heaps(file: h5py.File) -> None:
    """Read all attributes and texts, which a damaged file may give no end or any size."""
    for name in (b"/", *(name for name, _ in _links(file))):
        node = file[name]
        dict(node.attrs)
        if isinstance(node, h5py.Dataset) and h5py.check_string_dtype(node.dtype):
            node[()]


def _links(file: h5py.File) -> list[tuple[bytes, int]]:
    """Name and kind of every link, listed first because no error may leave a visit."""
    links: list[tuple[bytes, int]] = []
    file.id.links.visit(lambda name, link: links.append((name, link.type)), info=True)
    return links


def _fault_of_link(file: h5py.File, name: bytes, kind: int) -> str:
    if kind != h5py.h5l.TYPE_HARD:
        return "is a link to elsewhere"
    if h5py.h5o.get_info(file.id, name).rc != 1:
        return "is linked from several places"
    node = h5py.h5o.open(file.id, name)
    return _fault_of_dataset(node) if isinstance(node, h5py.h5d.DatasetID) else ""


def _fault_of_dataset(dataset: h5py.h5d.DatasetID) -> str:
    layout = dataset.get_create_plist()
    if layout.get_external_count():
        return "takes its bytes from another file"
    filters = {layout.get_filter(i)[0] for i in range(layout.get_nfilters())}
    if not filters <= _FILTERS:
        return f"needs the filters {sorted(filters - _FILTERS)}"
    dtype = dataset.dtype
    if dtype.kind not in _NUMBERS and h5py.check_string_dtype(dtype) is None:
        return f"holds {dtype}, which is neither numbers nor texts"
    if layout.get_layout() == h5py.h5d.VIRTUAL:
        names = {layout.get_virtual_filename(i) for i in range(layout.get_virtual_count())}
        is_own = all(PART_NAME.fullmatch(name) for name in names)
        return "" if is_own else "takes its rows from files outside the run"
    return _fault_of_size(dataset, layout)


def _fault_of_size(dataset: h5py.h5d.DatasetID, layout: h5py.h5p.PropDCID) -> str:
    """Whether values were never written, or grow out of proportion when they are read."""
    n_cells = dataset.get_space().get_simple_extent_npoints()
    n_bytes = n_cells * dataset.get_type().get_size()
    if layout.get_layout() == h5py.h5d.CHUNKED:
        n_chunks = 1
        for length, chunk in zip(dataset.shape, layout.get_chunk(), strict=True):
            n_chunks *= -(-length // chunk)
        is_written = dataset.get_num_chunks() == n_chunks
    else:
        is_written = dataset.get_storage_size() >= n_bytes  # more for texts, which are elsewhere
    if not is_written:
        return "lacks values that were never written"
    stored = max(dataset.get_storage_size(), 1)
    if n_bytes > _MOST_UNPACKED and n_bytes > _MOST_PACKED * stored:
        return f"would take {n_bytes:,} bytes"
    return ""
