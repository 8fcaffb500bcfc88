"""Fixtures shared by all tests."""

import os
from pathlib import Path

import numpy as np
import pytest

if "PYTEST_XDIST_WORKER" in os.environ:  # a worker per core: more threads would wait spinning
    os.environ.setdefault("OMP_NUM_THREADS", "1")

RATE = 4000
TONES = {"high": 1500, "low": 300, "middle": 800}
DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="Run the tests that take minutes too.")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--long"):
        for item in items:
            if item.get_closest_marker("long") is not None:
                item.add_marker(pytest.mark.skip(reason="takes minutes; runs with --long"))


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of the optional test data; skips, visibly, where it is absent."""
    if not DATA.is_dir():
        pytest.skip("optional test data is not here (../shared/data)")
    return DATA


@pytest.fixture(scope="session")
def tiny_model():
    """Two convolutions on a tenth of a second, seeded."""
    import torch
    from torch import nn

    from cnnviz.frontend import FrontendSpec
    from cnnviz.model import ModelSpec, assemble

    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv1d(1, 4, 32, stride=4), nn.BatchNorm1d(4), nn.ReLU(),
        nn.Conv1d(4, 5, 5, stride=2), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(),
        nn.Linear(5, 3),
    )  # fmt: skip
    spec = ModelSpec(
        sample_rate=RATE, n_samples=400, frontend=FrontendSpec(), class_names=tuple(TONES)
    )
    return assemble(network, spec, name="tiny", reference="tiny")


@pytest.fixture(scope="session")
def tiny_run(tiny_model, tmp_path_factory):
    """Twelve labelled tones through it; nothing is kept on disk but the capture."""
    import soundfile

    from cnnviz import api
    from cnnviz.run import Run

    folder, generator = tmp_path_factory.mktemp("tones"), np.random.default_rng(0)
    times = np.arange(400) / RATE
    for name, hertz in TONES.items():
        (folder / name).mkdir()
        for index in range(4):
            tone = 0.5 * np.sin(2 * np.pi * hertz * times + generator.uniform(0, 6))
            soundfile.write(folder / name / f"{index}.wav", tone, RATE)
    clips = api.read_clips(folder, sample_rate=RATE)
    with api.record(tiny_model, clips, out=tmp_path_factory.mktemp("run")) as capture:
        yield Run(model=tiny_model, capture=capture)
