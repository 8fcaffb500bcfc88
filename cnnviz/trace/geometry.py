"""Receptive fields that travel with a tensor's axes through views, windows and joins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cnnviz.grid import EXACT, UNKNOWN, UPPER, ReceptiveField

TIME, FREQUENCY, PLAIN = "time", "frequency", "plain"
BANDS = "bands"
"""Label of a frequency axis that the network makes itself, from Fourier kernels or `stft`."""
TAP = "tap"
"""Label of the samples inside a frame, which are no axis of cells."""
_UNSEEN = frozenset((PLAIN, TAP))
Part = tuple[str, int]  # label and length; an axis that was merged has several


@dataclass(frozen=True, kw_only=True, slots=True)
class Extent:
    """What the cells of one axis see of the network's input.

    `field` is the box of each cell; `start` and `stop` bound what is really seen by any of
    them, without padding. `cycles` are the frequencies of bands, one per cell, in cycles per
    audio sample; empty where cells are no bands.
    """

    field: ReceptiveField
    start: float
    stop: float
    cycles: tuple[float, ...] = ()

    def windowed(
        self,
        kernel: int,
        n_in: int,
        n_out: int,
        *,
        stride: int = 1,
        dilation: int = 1,
        padding: int = 0,
    ) -> "Extent":
        """Extend by a window that slides over `n_in` cells."""
        taps = [k * dilation - padding for k in range(kernel)]  # cells that window 0 reads
        first = min(tap if tap >= 0 else tap % stride for tap in taps)
        ends = [tap + (n_out - 1) * stride for tap in taps]
        last = max(min(end, n_in - 1 - (n_in - 1 - end) % stride) for end in ends)
        field = self.field
        return Extent(
            field=field.through(kernel, stride=stride, dilation=dilation, padding=padding),
            start=max(self.start, field.offset + first * field.jump),
            stop=min(self.stop, field.offset + last * field.jump + field.size),
        )

    def whole(self) -> "Extent":
        """All cells together: a reduction over the axis."""
        size = max(self.stop - self.start, 0.0)
        field = replace(self.field, offset=self.start, jump=0.0, size=size)
        return replace(self, field=field, cycles=())

    def cell(self, index: int) -> "Extent":
        """One cell alone."""
        field = self.field
        offset = field.offset + index * field.jump
        return Extent(
            field=replace(field, offset=offset, jump=0.0),
            start=max(self.start, offset),
            stop=min(self.stop, offset + field.size),
        )

    def spread(self, n_cells: int, other: "Extent | None" = None) -> "Extent":
        """Every cell sees all that `other` (or any cell) sees; centres stay where they are."""
        start, stop = (self.start, self.stop) if other is None else (other.start, other.stop)
        field = self.field
        first = field.offset + (field.size - 1) / 2
        last = first + (n_cells - 1) * field.jump
        half = max(last - start, stop - 1 - first, (field.size - 1) / 2)
        status = UNKNOWN if UNKNOWN in (field.status, (other or self).field.status) else UPPER
        return Extent(
            field=replace(field, offset=first - half, size=2 * half + 1, status=status),
            start=min(self.start, start),
            stop=max(self.stop, stop),
            cycles=self.cycles,
        )

    def joined(self, other: "Extent") -> "Extent":
        """Union with a branch of the same axis."""
        return Extent(
            field=self.field.joined(other.field),
            start=min(self.start, other.start),
            stop=max(self.stop, other.stop),
            cycles=self.cycles if self.cycles == other.cycles else (),
        )

    def weakened(self, status: str) -> "Extent":
        """The same, with a claim that is at most `status`."""
        order = (EXACT, UPPER, UNKNOWN)
        worst = max(self.field.status, status, key=order.index)
        cycles = () if worst == UNKNOWN else self.cycles
        return replace(self, field=replace(self.field, status=worst), cycles=cycles)


@dataclass(frozen=True, kw_only=True, slots=True)
class Geometry:
    """Parts of each axis of a tensor, and the extents of the labels it depends on."""

    dims: tuple[tuple[Part, ...], ...]
    extents: Mapping[str, Extent]

    def length(self, label: str) -> int:
        """Cells along a label; 0 when no axis carries it."""
        return next((n for dim in self.dims for name, n in dim if name == label), 0)

    def dim_of(self, label: str) -> int | None:
        """Axis that carries a label alone or merged."""
        axes = [i for i, dim in enumerate(self.dims) if label in labels_of(dim)]
        return axes[0] if axes else None

    def with_dims(self, dims: Iterable[tuple[Part, ...]]) -> "Geometry":
        """Other axes; labels that lost theirs see all that their cells saw."""
        dims = tuple(dims)
        labels = {label for dim in dims for label in labels_of(dim)}
        extents = {
            label: extent if label in labels or extent.field.jump == 0 else extent.whole()
            for label, extent in self.extents.items()
        }
        return Geometry(dims=dims, extents=extents)

    def with_extent(self, label: str, extent: Extent) -> "Geometry":
        """Another extent of one label."""
        return replace(self, extents={**self.extents, label: extent})

    def spread(self, labels: Iterable[str]) -> "Geometry":
        """Statistics over axes: each cell of these labels sees all of them."""
        geometry = self
        for label in labels:
            geometry = geometry.with_extent(
                label, geometry.extents[label].spread(self.length(label))
            )
        return geometry

    def weakened(self, status: str) -> "Geometry":
        """The same, with claims that are at most `status`."""
        extents = {label: extent.weakened(status) for label, extent in self.extents.items()}
        return replace(self, extents=extents)


def plain(shape: Sequence[int]) -> tuple[tuple[Part, ...], ...]:
    """Axes without a label."""
    return tuple(((PLAIN, n),) for n in shape)


def labels_of(dim: tuple[Part, ...]) -> tuple[str, ...]:
    """Labels of an axis whose cells see different parts of the clip."""
    return tuple(label for label, _ in dim if label not in _UNSEEN)


def unknown(shape: Sequence[int], sources: Sequence[Geometry]) -> Geometry:
    """No claim about any label the sources depend on."""
    extents = {k: v for source in sources for k, v in source.extents.items()}
    return Geometry(dims=plain(shape), extents=extents).weakened(UNKNOWN)


def merged(shape: Sequence[int], sources: Sequence[Geometry]) -> Geometry:
    """Everything sees everything: axes without labels, an upper bound over all sources."""
    extents: dict[str, Extent] = {}
    for source in sources:
        for label, extent in source.extents.items():
            whole = extent.whole() if extent.field.jump else extent
            extents[label] = extents[label].joined(whole) if label in extents else whole
    return Geometry(dims=plain(shape), extents=extents).weakened(UPPER)


def elementwise(shape: Sequence[int], sources: Sequence[Geometry]) -> Geometry:
    """Join of tensors that are broadcast to one shape."""
    aligned = [_broadcast(source, shape) for source in sources]
    dims = []
    for candidates in zip(*(source.dims for source in aligned), strict=True):
        labelled = {dim for dim in candidates if labels_of(dim)}
        if len(labelled) > 1:
            return unknown(shape, sources)
        dims.append(labelled.pop() if labelled else candidates[0])
    labels = [label for dim in dims for label in labels_of(dim)]
    if len(labels) != len(set(labels)):
        return unknown(shape, sources)
    geometry = Geometry(dims=tuple(dims), extents={})
    for label in {label: None for source in aligned for label in source.extents}:
        geometry = geometry.with_extent(label, _joined(label, aligned, geometry.length(label)))
    if BANDS in geometry.extents and _mixes_bands(geometry, sources):
        return geometry.with_extent(BANDS, replace(geometry.extents[BANDS], cycles=()))
    return geometry


def _mixes_bands(joined: Geometry, sources: Sequence[Geometry]) -> bool:
    """Whether bands meet cells that are no bands, such as learned channels."""
    axis = joined.dim_of(BANDS)
    if axis is None:
        return False
    met = [
        s.dims[axis - len(joined.dims)] for s in sources if len(joined.dims) - axis <= len(s.dims)
    ]
    return any(length_of(dim) > 1 and BANDS not in labels_of(dim) for dim in met)


def _joined(label: str, sources: Sequence[Geometry], n_cells: int) -> Extent:
    dependent = [source for source in sources if label in source.extents]
    local = [s.extents[label] for s in dependent if s.length(label)]
    distant = [s.extents[label] for s in dependent if not s.length(label)]
    joined, *others = local or distant
    for extent in others:
        joined = joined.joined(extent)
    if local:
        for extent in distant:
            joined = joined.spread(n_cells, extent)
    return joined


def _broadcast(source: Geometry, shape: Sequence[int]) -> Geometry:
    missing = len(shape) - len(source.dims)
    dims = plain((1,) * missing) + source.dims
    fitted = [
        dim if length_of(dim) == n else ((PLAIN, n),) for dim, n in zip(dims, shape, strict=True)
    ]
    return source.with_dims(fitted)


def length_of(dim: tuple[Part, ...]) -> int:
    """Cells of an axis."""
    size = 1
    for _, n in dim:
        size *= n
    return size


def viewed(source: Geometry, shape: Sequence[int]) -> Geometry:
    """Reshape: parts are merged into axes, and split from them, in order."""
    if tuple(shape) == tuple(length_of(dim) for dim in source.dims):
        return source
    queue = [part for dim in source.dims for part in dim if part[1] != 1]
    geometry, dims = source, []
    for length in shape:
        dim: list[Part] = []
        remaining = length
        while remaining > 1:
            if not queue:
                return unknown(shape, [source])
            label, n = queue.pop(0)
            if n > remaining:  # the outer part keeps the label, the inner one lies inside a window
                if n % remaining:
                    return unknown(shape, [source])
                queue.insert(0, (PLAIN, n // remaining))
                geometry = _split(geometry, label, n, remaining)
                n = remaining
            elif remaining % n:
                return unknown(shape, [source])
            dim.append((label, n))
            remaining //= n
        dims.append(tuple(dim) or ((PLAIN, 1),))
    return geometry.with_dims(dims)


def _split(source: Geometry, label: str, n: int, outer: int) -> Geometry:
    if label in _UNSEEN:
        return source
    inner = n // outer
    extent = source.extents[label].windowed(inner, n, outer, stride=inner)
    return source.with_extent(label, extent.weakened(UPPER))
