"""Records whose arrays are read-only and fit each other."""

from dataclasses import fields

import numpy as np

from cnnviz.errors import ShapeError


def freeze(record: object, **shapes: tuple[object, ...]) -> None:
    """Make every array of a record read-only and check named axes against each other.

    `shapes` maps a field to its axes; equal axis names must have equal lengths, an int is
    a length, None is free.
    """
    lengths: dict[str, int] = {}
    for field in fields(record):  # type: ignore[arg-type]
        value = getattr(record, field.name)
        if isinstance(value, np.ndarray):
            value = value.view()
            value.setflags(write=False)
            object.__setattr__(record, field.name, value)
    for name, axes in shapes.items():
        array = getattr(record, name)
        if array is None:
            continue
        shape = np.shape(array) if isinstance(array, np.ndarray) else (len(array),)
        expected = tuple(lengths.get(a) if isinstance(a, str) else a for a in axes)
        fits = len(shape) == len(axes) and all(
            w is None or w == s for w, s in zip(expected, shape, strict=True)
        )
        if not fits:
            raise ShapeError(
                f"{type(record).__name__}.{name} has shape {shape}; allowed: "
                f"({', '.join(map(str, axes))}) with {lengths}"
            )
        lengths.update({a: s for a, s in zip(axes, shape, strict=True) if isinstance(a, str)})
