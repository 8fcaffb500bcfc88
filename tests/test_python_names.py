"""In Python an error names parameters, on the command line options."""

import inspect

import pytest
import torch
from torch import nn

import cnnviz
from cnnviz import api
from cnnviz.api.python_names import in_python
from cnnviz.errors import ParameterError


@pytest.mark.parametrize(
    ("option", "parameter"),
    [
        ("add --sample-rate HZ (common: 16000)", "add sample_rate=HZ (common: 16000)"),
        ("its outputs with --classes A,B,...", "its outputs with class_names=A,B,..."),
        ("name the classes with --classes, or wrap", "name the classes with class_names, or wrap"),
        ("with --maps 12", "with n_maps=12"),
        ("add --overwrite to discard it", "add overwrite=True to discard it"),
        ("leave --split-by-speaker out", "leave split_by_speaker out"),
        ("leave --device out", "leave device out"),
        ("use --as folder, or --force", "use as_='folder', or force=True"),
        ("a classifier: add --output classes", "a classifier: add role='classes'"),
        ("with: cnnviz report MODEL --out RUN", "with: cnnviz report MODEL --out RUN"),
        ("see: cnnviz filters --help; add --layout", "see: cnnviz filters --help; add layout"),
        ("a -- b, torch.save --", "a -- b, torch.save --"),
    ],
    ids=lambda text: text[:24],
)  # fmt: skip
def test_options_are_spelled_as_parameters_and_commands_stay(option, parameter):
    assert in_python(option) == parameter


def test_the_same_error_names_a_parameter_in_python_and_an_option_elsewhere(tmp_path):
    torch.save(nn.Conv1d(1, 4, 5).state_dict(), tmp_path / "net.pt")

    with pytest.raises(ParameterError, match="add sample_rate=HZ"):
        cnnviz.load_model(str(tmp_path / "net.pt"))
    with pytest.raises(ParameterError, match="add --sample-rate HZ"):
        api.load_model(str(tmp_path / "net.pt"))


def test_a_public_function_keeps_its_name_signature_and_text():
    assert cnnviz.load_model is cnnviz.load_model
    assert inspect.signature(cnnviz.load_model) == inspect.signature(api.load_model)
    assert cnnviz.load_model.__doc__ == api.load_model.__doc__


def test_parameters_named_are_those_of_public_functions():
    spelled = ("sample_rate", "class_names", "n_maps", "overwrite", "split_by_speaker", "device")
    spelled += ("as_", "force", "role", "layout", "layers", "trust_code", "n_samples", "weights")

    known = {
        parameter
        for name in cnnviz.__all__
        for parameter in inspect.signature(getattr(cnnviz, name)).parameters
    }

    assert set(spelled) <= known
