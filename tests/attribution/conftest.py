"""Tiny networks become audio models."""

import pytest

from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble

RATE = 8000


@pytest.fixture
def audio_model():
    def build(network, **spec):
        contract = ModelSpec(**{"sample_rate": RATE, "frontend": FrontendSpec(), **spec})
        return assemble(network, contract, name="tiny", reference="tiny")

    return build
