"""Every file of every open set keeps the promise of its folder."""

import inspect
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from cnnviz import registry, results
from cnnviz.analyzer import Analyzer

ROOT = Path(__file__).resolve().parent.parent.parent
FACES = {
    "cnnviz.loaders": ("load",),
    "cnnviz.datasets": ("matches", "read"),
    "cnnviz.plots": ("plot",),
    "reports.sections": ("ORDER", "section"),
    "zoo.architectures": ("VARIANTS", "TASK", "N_CLASSES", "accepts", "build", "spec", "recipe"),
    "zoo.executors": ("check", "devices", "execute"),
    "zoo.corpora": ("CORPUS",),
    "zoo.loggers": ("NEEDS", "build"),
    "cnnviz.cli": ("command",),
    "cnnviz.cli.zoo": ("command",),
    "cnnviz.cli.zoo.data": ("command",),
}
MEMBERS = [(package, name) for package in FACES for name in registry.names(package)]
ANALYZERS = registry.names("cnnviz.analyzers")
CORRIDORS = {
    kind.corridor for kind in vars(results).values() if getattr(kind, "corridor", None) is not None
}


def the_class(name):
    module = registry.load("cnnviz.analyzers", name)
    public = [
        value
        for key, value in vars(module).items()
        if inspect.isclass(value)
        and value.__module__ == module.__name__
        and not key.startswith("_")
    ]
    assert len(public) == 1, f"{name}: one public class, found {public}"
    return public[0]


@pytest.mark.parametrize(("package", "name"), MEMBERS, ids=[f"{p}.{n}" for p, n in MEMBERS])
def test_a_member_has_the_face_of_its_folder(package, name):
    module = registry.load(package, name)

    assert [face for face in FACES[package] if not hasattr(module, face)] == []
    assert (module.__doc__ or "").strip(), "a file says what it is"


@pytest.mark.parametrize(
    ("package", "name"),
    [*MEMBERS, *(("cnnviz.analyzers", name) for name in ANALYZERS)],
    ids=lambda value: value,
)
def test_a_member_has_a_test_file_of_its_name(package, name):
    found = list((ROOT / "tests").rglob(f"test_{name}.py"))

    assert found, f"tests/**/test_{name}.py for {package}.{name}"


@pytest.mark.parametrize("name", ANALYZERS)
def test_an_analyzer_is_one_frozen_dataclass_with_run(name):
    kind = the_class(name)

    assert is_dataclass(kind)
    assert kind.__dataclass_params__.frozen
    assert isinstance(kind(), Analyzer)


@pytest.mark.parametrize("name", ANALYZERS)
def test_every_parameter_of_an_analyzer_is_explained(name):
    kind = the_class(name)

    assert [field.name for field in fields(kind) if field.name not in (kind.__doc__ or "")] == []


@pytest.mark.parametrize("corridor", sorted(CORRIDORS))
def test_a_result_type_has_a_plot_and_a_section_shows_it(corridor):
    assert corridor in registry.names("cnnviz.plots")
    assert corridor in registry.names("reports.sections")


@pytest.mark.parametrize("name", registry.names("cnnviz.plots"))
def test_a_plot_file_is_named_after_a_result_type(name):
    assert name in CORRIDORS
