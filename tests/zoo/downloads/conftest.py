"""The server, and small corpora in their original layout."""

import pytest

from .serving import Served, start


@pytest.fixture
def served(monkeypatch):
    """A server on this machine; nothing leaves it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    served = Served()
    server = start(served)
    yield served
    server.shutdown()
    server.server_close()
