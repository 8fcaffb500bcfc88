"""Every file of every open set keeps the promise of its folder."""

import inspect
import re
from pathlib import Path

import pytest

from cnnviz import registry, results

ROOT = Path(__file__).resolve().parent.parent.parent
FACES = {
    "cnnviz.loaders": ("load",),
    "cnnviz.datasets": ("matches", "read"),
    "cnnviz.analyzers": ("in_report",),
    "cnnviz.attribution.methods": ("in_report",),
    "cnnviz.plots": ("views", "plot"),
    "cnnviz.jobs.executors": ("check", "devices", "execute"),
    "reports.sections": ("ORDER", "section"),
    "zoo.architectures": ("VARIANTS", "TASK", "N_CLASSES", "accepts", "build", "spec", "recipe"),
    "zoo.corpora": ("CORPUS",),
    "zoo.loggers": ("NEEDS", "build"),
    "cnnviz.cli": ("command",),
    "cnnviz.cli.zoo": ("command",),
    "cnnviz.cli.zoo.data": ("command",),
}
MEMBERS = [(package, name) for package in FACES for name in registry.names(package)]
RESULT_MODULES = {
    kind.module_name
    for kind in vars(results).values()
    if inspect.isclass(kind) and issubclass(kind, results.Result) and kind is not results.Result
}


@pytest.mark.parametrize(("package", "name"), MEMBERS, ids=[f"{p}.{n}" for p, n in MEMBERS])
def test_a_member_has_the_face_of_its_folder(package, name):
    module = registry.load(package, name)

    assert [face for face in FACES[package] if not hasattr(module, face)] == []
    assert (module.__doc__ or "").strip(), "a file says what it is"


@pytest.mark.parametrize(("package", "name"), MEMBERS, ids=lambda value: value)
def test_a_member_has_a_test_file_of_its_name(package, name):
    found = list((ROOT / "tests").rglob(f"test_{name}.py"))

    assert found, f"tests/**/test_{name}.py for {package}.{name}"


@pytest.mark.parametrize("module_name", sorted(RESULT_MODULES))
def test_a_result_type_has_a_plot_and_a_section_shows_it(module_name):
    assert module_name in registry.names("cnnviz.plots")
    assert module_name in registry.names("reports.sections")


@pytest.mark.parametrize("name", registry.names("cnnviz.plots"))
def test_a_plot_file_is_named_after_a_result_type(name):
    assert name in RESULT_MODULES


@pytest.mark.parametrize("name", registry.names("cnnviz.analyzers"))
def test_an_analyzer_never_imports_another(name):
    source = (ROOT / "cnnviz" / "analyzers" / f"{name}.py").read_text("utf-8")

    assert re.findall(r"cnnviz\.analyzers\.([a-z]\w*)", source) == []
