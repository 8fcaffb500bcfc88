"""Every analyzer keeps the promises of its folder, on a tiny run."""

import pytest
from analyzer_contract import CHECKS

from cnnviz import registry


@pytest.mark.parametrize("name", registry.names(registry.ANALYZERS))
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_an_analyzer(name, check, tiny_run, tmp_path):
    check(name, tiny_run, tmp_path)
