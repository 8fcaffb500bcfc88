"""An unpickler that imports nothing and calls nothing but its own builders of tensors."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any, ClassVar

import torch

from cnnviz.budget import Budget
from cnnviz.model._tensor_builders import BUILDERS, STORAGES, Storage

_CALL_STEPS, _CLASS_STEPS = 20, 200  # of an object or tensor, and of a class, that is made
_MOST_KEY = 1 << 53  # of whole numbers; larger ones can be chosen so that all have one hash


class Inert:
    """Stands for an object of a class that is not imported; it can only be filled."""

    qualified_name = ""
    args: tuple[object, ...]
    state: object

    def __new__(cls, *args: object, **kwargs: object) -> "Inert":  # noqa: ARG004 (any call of a pickle)
        """Remember the arguments."""
        placeholder = super().__new__(cls)
        placeholder.args = args
        placeholder.state = None
        return placeholder

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Take any arguments; `__new__` has kept them."""

    def __setitem__(self, key: object, value: object) -> None:
        """Entries of a foreign mapping are kept in `state`."""
        if not isinstance(self.state, dict):
            self.state = {}
        self.state[key] = value

    def append(self, value: object) -> None:
        """Items of a foreign list are dropped."""

    def extend(self, values: object) -> None:
        """Items of a foreign list are dropped."""


@dataclass(kw_only=True, slots=True)
class GlobalNames:
    """Resolves the globals of one pickle; made anew for each file."""

    budget: Budget
    foreign: dict[str, type[Inert]] = field(default_factory=dict)

    def find(self, module: str, name: str) -> object:
        """Tensor builders and plain types as themselves, all else inert."""
        key = f"{module}.{name}"
        if module in ("torch", "torch.storage") and name in STORAGES:
            return STORAGES[name]
        if module == "torch" and isinstance(vars(torch).get(name), torch.dtype):
            return vars(torch)[name]
        if key == "collections.OrderedDict":
            return self.mapping
        if key in BUILDERS:
            return BUILDERS[key]
        if key not in self.foreign:
            self.budget.step(_CLASS_STEPS)
            self.foreign[key] = type("Inert", (Inert,), {"qualified_name": key})
        return self.foreign[key]

    def mapping(self, items: Any = ()) -> dict[object, object]:
        """A mapping of pairs, or of another mapping."""
        self.budget.step(len(items))
        pairs = items.items() if isinstance(items, dict) else items
        return {_key(key): value for key, value in pairs}


class _IdentityTuple(tuple[Any, ...]):
    """A tuple compared as an object: nested ones take for ever, or overflow the stack of C."""

    __slots__ = ()
    __eq__ = object.__eq__
    __hash__ = object.__hash__


def _key(key: object) -> object:
    """A key of a mapping; what may share its hash with any number of others is wrapped."""
    is_small = isinstance(key, int) and -_MOST_KEY < key < _MOST_KEY
    return key if is_small or isinstance(key, str) else _IdentityTuple((key,))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Counted:
    """A file each of whose reads is a step."""

    file: IO[bytes]
    budget: Budget

    def read(self, n_bytes: int) -> bytes:
        self.budget.step()
        return self.file.read(n_bytes)

    def readline(self) -> bytes:
        self.budget.step()
        return self.file.readline()


def _as_identity_tuple(load: Callable[[Any], None]) -> Callable[[Any], None]:
    def load_tuple(unpickler: Any) -> None:
        load(unpickler)
        unpickler.stack[-1] = _IdentityTuple(unpickler.stack[-1])

    return load_tuple


def _charged(load: Callable[[Any], None], n_copied: int) -> Callable[[Any], None]:
    """A call, for which its arguments on top of the stack are copied."""

    def load_call(unpickler: Any) -> None:
        n_values = sum(len(each) for each in unpickler.stack[-n_copied:])
        unpickler.budget.step(_CALL_STEPS + n_values)
        load(unpickler)

    return load_call


class InertUnpickler(pickle._Unpickler):  # noqa: SLF001
    """The unpickler of the standard library that is written in Python.

    Its memo is a dict, so that no index in a file makes it fill the memory. Sets are read as
    lists and tuples, which are not hashed.

    Parameters
    ----------
    file
        Stands at the start of a pickle; afterwards at its end.
    persistent
        Makes a storage of the tuple that a file names it by.
    budget
        Spent by every instruction and everything that is made.
    """

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = dict(pickle._Unpickler.dispatch)  # noqa: SLF001
    stack: list[Any]
    read: Callable[[int], bytes]
    pop_mark: Callable[[], list[Any]]

    def __init__(
        self, file: IO[bytes], persistent: Callable[[Any], Storage], budget: Budget
    ) -> None:
        super().__init__(_Counted(file=file, budget=budget), encoding="utf-8")
        self.global_names = GlobalNames(budget=budget)
        self.persistent = persistent
        self.budget = budget

    def find_class(self, module: str, name: str) -> Any:
        """Resolve every global by `GlobalNames`."""
        return self.global_names.find(module, name)

    def persistent_load(self, pid: Any) -> Any:
        """A storage, or the class of a module that was saved with its source."""
        if isinstance(pid, tuple) and pid[0] == "module":
            return pid[1]
        return self.persistent(pid)

    def load_frame(self) -> None:
        """Frames are no units of reading here: every instruction is a read."""
        self.read(8)

    def load_build(self) -> None:
        """Attributes are kept for inert objects; those of others are dropped."""
        state = self.stack.pop()
        if isinstance(self.stack[-1], Inert):
            self.stack[-1].state = state

    def load_setitems(self) -> None:
        """Put pairs into a mapping."""
        items = self.pop_mark()
        for key, value in zip(items[::2], items[1::2], strict=True):
            self.stack[-1][_key(key)] = value

    def load_setitem(self) -> None:
        """Put one pair into a mapping."""
        value, key = self.stack.pop(), self.stack.pop()
        self.stack[-1][_key(key)] = value

    def load_dict(self) -> None:
        """Make a mapping of pairs."""
        items = self.pop_mark()
        pairs = zip(items[::2], items[1::2], strict=True)
        self.stack.append({_key(key): value for key, value in pairs})

    for _load in (load_frame, load_build, load_setitems, load_setitem, load_dict):
        dispatch[getattr(pickle, _load.__name__.removeprefix("load_").upper())[0]] = _load
    dispatch[pickle.BYTEARRAY8[0]] = dispatch[pickle.BINBYTES8[0]]  # that asks for memory first
    dispatch[pickle.EMPTY_SET[0]] = dispatch[pickle.EMPTY_LIST[0]]
    dispatch[pickle.ADDITEMS[0]] = dispatch[pickle.APPENDS[0]]
    dispatch[pickle.FROZENSET[0]] = dispatch[pickle.TUPLE[0]]
    for _code in (pickle.TUPLE, pickle.TUPLE1, pickle.TUPLE2, pickle.TUPLE3, pickle.FROZENSET):
        dispatch[_code[0]] = _as_identity_tuple(dispatch[_code[0]])
    for _code, _n_copied in ((pickle.REDUCE, 1), (pickle.NEWOBJ, 1), (pickle.NEWOBJ_EX, 2)):
        dispatch[_code[0]] = _charged(dispatch[_code[0]], _n_copied)
