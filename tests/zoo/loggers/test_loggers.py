"""Loggers are files of a folder; what is missing is told."""

import pytest

from cnnviz import packages
from cnnviz.errors import CnnvizError, UnknownNameError
from zoo import loggers


def test_names_are_those_of_the_files() -> None:
    assert loggers.names() == ("mlflow", "tensorboard", "wandb")


def test_unknown_logger_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="'comet' is not one of the loggers: csv, mlflow"):
        loggers.check(("comet",))


def test_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda name: None)

    with pytest.raises(CnnvizError, match=r"install it: pip install 'cnnviz\[wandb\]'"):
        loggers.check(("wandb",))
