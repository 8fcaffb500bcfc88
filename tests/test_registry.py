"""The folder is the registry."""

import sys

import pytest

from cnnviz import registry
from cnnviz.errors import CnnvizError, UnknownNameError


def test_names_are_the_files_of_the_folder_in_order():
    found = registry.names("cnnviz.datasets")

    assert list(found) == sorted(found)
    assert "folders" in found


def test_private_files_are_not_members():
    assert not [name for name in registry.names("cnnviz.cli") if name.startswith("_")]


def test_a_misspelt_name_lists_the_known_ones_and_the_nearest():
    with pytest.raises(UnknownNameError, match=r"'folder' is not one of the datasets: .*folders"):
        registry.load("cnnviz.datasets", "folder")


def test_an_unknown_folder_is_an_error():
    with pytest.raises(UnknownNameError, match=r"'json\.nothing' is not a package"):
        registry.names("json.nothing")


def test_a_foreign_package_of_the_same_name_is_named(tmp_path, monkeypatch):
    foreign = tmp_path / "zoo"
    foreign.mkdir()
    (foreign / "__init__.py").write_text("")
    for name in [name for name in sys.modules if name.split(".")[0] == "zoo"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(CnnvizError, match=r"package 'zoo' was imported from .*not part of cnnviz"):
        registry.load_sibling("zoo")

    sys.modules.pop("zoo", None)
