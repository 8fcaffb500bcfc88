"""Names that torch and the file system allow go through a whole report."""

import html.parser
import os
import re
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cnnviz import api, workflow
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.run import Run
from reports.page import file_name, slug

RATE = 4000
LAYERS = ("conv 1", "conv~20~1", 'block/conv2<b>&"', "größe 犬\n\t", "=1%b%#2", "a" * 180)
CLASSES = ("_a b", "x&y<i>'", "=1+1", "größe ..")
texts = st.text(min_size=1, max_size=300)


class Page(html.parser.HTMLParser):
    """Ids and links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [value for name, value in attrs if name == "href" and value]


@given(texts, texts)
def test_names_of_files_are_plain_short_and_differ(one: str, other: str) -> None:
    names = [file_name(f"table-{text}.csv") for text in (one, other)]

    assert all(re.fullmatch(r"[\w.#~-]+", name) and len(name.encode()) < 200 for name in names)
    assert (names[0] == names[1]) == (one == other)


@given(texts, texts)
def test_fragments_are_plain_and_differ(one: str, other: str) -> None:
    assert re.fullmatch(r"[\w.:=,#~-]+", slug(one))
    assert (slug(one) == slug(other)) == (one == other)


def hostile_model():
    torch.manual_seed(0)
    network = nn.Sequential()
    for index, name in enumerate(LAYERS):
        network.add_module(name, nn.Conv1d(3 if index else 1, 3, 16 if index == 0 else 3, stride=2))
    for name, module in (("tanh", nn.Tanh()), ("pool", nn.AdaptiveAvgPool1d(1))):
        network.add_module(name, module)
    network.add_module("flat", nn.Flatten())
    network.add_module("//head", nn.Linear(3, len(CLASSES)))
    spec = ModelSpec(sample_rate=RATE, n_samples=2000, frontend=FrontendSpec(), class_names=CLASSES)
    return assemble(network, spec, name="<b>model</b> ../x", reference="hostile")


def hostile_clips(folder: Path):
    generator = np.random.default_rng(0)
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
        for index in range(3):
            path = folder / name / f"'\"<clip {index}>\n%41#?.wav"
            soundfile.write(os.fsencode(path), generator.normal(size=2000) / 5, RATE, format="WAV")
    return api.read_clips(folder, sample_rate=RATE)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("names")
    clips = hostile_clips(folder / "clips")
    with api.record(hostile_model(), clips, out=folder / "run") as capture:
        run = Run(folder / "run", model=hostile_model(), capture=capture)
        missing: list[str] = []
        workflow.analyze(run, workflow.report_analyzers(run), left_out=missing.append)
        assert not missing
        yield run


@pytest.mark.parametrize("as_", ["file", "folder"])
def test_hostile_names_go_through_a_whole_report(as_: str, run: Run, tmp_path: Path) -> None:
    path = api.render(run, tmp_path / "report", as_=as_)

    page = Page(path.read_text("utf-8"))
    files = [link for link in page.links if not link.startswith(("#", "data:"))]
    assert len(page.ids) == len(set(page.ids))
    assert all((path.parent / unquote(link)).is_file() for link in files)
