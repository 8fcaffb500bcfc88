"""Every record of the closed set survives HDF5 in every bit, whatever its fields hold.

The records are twins of the real ones: same name and fields, without checks, so that each
field can hold anything its annotation allows.
"""

import io
import struct
from dataclasses import dataclass, fields, is_dataclass, make_dataclass
from types import NoneType, UnionType
from typing import get_args, get_origin, get_type_hints

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from cnnviz import registry
from cnnviz.store import results as stored

_QUICK = settings(  # a record is large; to shrink one takes minutes
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
_DTYPES = ("<f8", "<f4", "<f2", ">f8", "<i8", "<i4", "<u1", "?", "<c16")
_TEXTS = st.text(st.characters(codec=None), max_size=6)  # also NUL and lone surrogates
_INTEGERS = st.integers(-(2**63), 2**63 - 1)
_FLOATS = st.integers(0, 2**64 - 1).map(
    lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0]
)


@st.composite
def _arrays(draw) -> np.ndarray:
    """Any bits in any shape, with axes of length zero and without axes."""
    dtype = np.dtype(draw(st.sampled_from(_DTYPES)))
    shape = draw(array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
    seed = draw(st.integers(0, 2**32 - 1))
    raw = np.random.default_rng(seed).bytes(int(np.prod(shape)) * dtype.itemsize)
    values = np.frombuffer(raw, dtype="<u1" if dtype.kind == "b" else dtype)
    return (values % 2 == 1 if dtype.kind == "b" else values).reshape(shape)


def _twin(record: type) -> type:
    columns = [(field.name, object) for field in fields(record)]
    return make_dataclass(record.__name__, columns, frozen=True, kw_only=True, slots=True)


_RECORDS = stored._records(registry.names("cnnviz.results"))
_TWINS = {name: _twin(record) for name, record in _RECORDS.items()}
_PLAIN = {str: _TEXTS, int: _INTEGERS, float: _FLOATS, bool: st.booleans(), NoneType: st.none()}


def _values(annotation: object) -> st.SearchStrategy[object]:
    """Anything a field of this annotation can hold."""
    arguments = get_args(annotation)
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if annotation is np.ndarray:
        return _arrays()
    if isinstance(annotation, UnionType):
        return st.one_of(*(_values(choice) for choice in arguments))
    if get_origin(annotation) is tuple and arguments[-1] is Ellipsis:
        return st.lists(_values(arguments[0]), max_size=3).map(tuple)
    if get_origin(annotation) is tuple:
        return st.tuples(*(_values(argument) for argument in arguments))
    assert is_dataclass(annotation), f"no strategy for {annotation}"
    return _records(annotation)


def _records(record: type) -> st.SearchStrategy[object]:
    hints = get_type_hints(record)
    held = {field.name: _values(hints[field.name]) for field in fields(record)}
    return st.builds(_TWINS[record.__name__], **held)


def _bits(value: object) -> object:
    """A value in a form that is equal only for the same types and bits."""
    if is_dataclass(value):
        return type(value).__name__, {f.name: _bits(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, tuple):
        return tuple(_bits(inner) for inner in value)
    return type(value).__name__, struct.pack("<d", value) if isinstance(value, float) else value


def _kept(record: object) -> object:
    """A record after a way through HDF5."""
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        stored.write_record(file, record)
    with h5py.File(memory, "r") as file:
        return stored.read_record(file)


@pytest.fixture
def twins(monkeypatch) -> None:
    monkeypatch.setattr(stored, "_records", lambda _names: _TWINS)


@pytest.mark.usefixtures("twins")
@pytest.mark.parametrize("name", sorted(_RECORDS))
def test_a_record_of_any_content_comes_back_in_every_bit(name) -> None:
    @settings(_QUICK, max_examples=6)
    @given(_records(_RECORDS[name]))
    def survives(record) -> None:
        assert _bits(_kept(record)) == _bits(record)

    survives()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Anything:
    value: object


_NESTED = st.recursive(
    st.one_of(*_PLAIN.values(), _arrays()),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.builds(_Anything, value=inner),
    max_leaves=8,
)


@given(_NESTED)
@settings(_QUICK, max_examples=80)
@example(("\ud83d\ude00", "\N{GRINNING FACE}", "a\\u0000", "\0", ""))  # not what JSON makes of it
@example(((), (None,), ((), (1, 2.0, True, "x")), (True, False), (float("nan"), -0.0)))
@example((-(2**63), 2**63 - 1))
@example("line\nline\r\t\x85\u2028 \ufeff")
@example(np.empty((3, 0, 2), dtype="<f4"))
@example(np.array(2.5))
def test_any_nesting_of_plain_values_comes_back_in_every_bit(value) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored, "_records", lambda _names: {"_Anything": _Anything})

        found = _kept(_Anything(value=value))

    assert _bits(found) == _bits(_Anything(value=value))


@pytest.mark.parametrize(
    "array",
    [
        np.random.default_rng(0).normal(size=(200, 150)),
        np.asfortranarray(np.random.default_rng(0).normal(size=(200, 150))),
        np.random.default_rng(0).normal(size=(400, 300))[::2, ::-2],
        np.broadcast_to(np.arange(300.0), (200, 300)),
        np.random.default_rng(0).random((300, 300)) < 0.5,
    ],
    ids=["rows", "columns", "strided", "broadcast", "flags"],
)
def test_a_large_array_is_equal_however_it_lies_in_memory(array, monkeypatch) -> None:
    monkeypatch.setattr(stored, "_records", lambda _names: {"_Anything": _Anything})

    found = _kept(_Anything(value=array)).value

    assert _bits(found) == _bits(np.ascontiguousarray(array))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": 1}, "value is a dict, which results do not hold"),
        ([1, 2], "value is a list, which results do not hold"),
        (("a", {"b"}), "1 is a set, which results do not hold"),
        (1j, "value is a complex, which results do not hold"),
    ],
    ids=["dict", "list", "set inside", "complex"],
)
def test_what_a_result_cannot_hold_is_refused_by_name(value, text) -> None:
    with pytest.raises(TypeError, match=text):
        _kept(_Anything(value=value))


@pytest.mark.parametrize("value", [2**70, (1, 2**63)], ids=["alone", "in a tuple"])
def test_a_number_too_large_for_the_disk_is_refused_not_rounded(value) -> None:
    with pytest.raises((TypeError, OverflowError)):
        _kept(_Anything(value=value))


def test_other_programs_read_the_fields_by_their_names(tmp_path) -> None:
    record = _Anything(value=("né", "b"))
    inner = _Anything(value=(record, np.arange(3), 2.5, None, "text"))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        stored.write_record(file, inner)

    with h5py.File(tmp_path / "a.h5") as file:
        group = file["value"]
        assert group["0/value"].asstr()[()].tolist() == ["né", "b"]
        assert group["1"][()].tolist() == [0, 1, 2]
        assert (group.attrs["2"], group.attrs["4"]) == (2.5, "text")
        assert isinstance(group.attrs["3"], h5py.Empty)
        assert file.attrs["cnnviz_type"] == "_Anything"
