"""Records of older files as today's types.

Each function takes the fields of a record as an older version wrote them, and gives the record
of today. A field that only lacks a default needs no function: it takes that default.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

Fields = dict[str, object]
UPGRADES: Mapping[str, Callable[[Fields], object]] = MappingProxyType({})
"""By the name of the type in files of format 1."""
