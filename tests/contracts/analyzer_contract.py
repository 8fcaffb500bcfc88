"""What every analyzer promises; each check takes its name and the tiny run."""

import atexit
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import numpy as np
import torch
from click.testing import CliRunner
from sounds import tone, written

from cnnviz import api, registry, store, workflow
from cnnviz.analyzer import Analyzer
from cnnviz.attribution.explanation import Explanation
from cnnviz.cli import root
from cnnviz.parameters import parameters_of
from cnnviz.run import Run

TESTS = Path(__file__).resolve().parent.parent
_ANSWERS: dict[str, object] = {}


def made(name):
    """An analyzer with its default parameters; two clips are enough to explain."""
    kind = workflow.analyzer_class(name)
    if "concepts" in [field.name for field in fields(kind)]:
        return kind(concepts=concepts())
    return kind(n_clips=2) if issubclass(kind, Explanation) else kind()


@cache
def concepts():
    """A folder with ten noises and ten tones."""
    folder, generator = Path(mkdtemp()), np.random.default_rng(0)
    atexit.register(rmtree, folder)
    for k in range(10):
        written(folder, f"noise/{k}.wav", 0.2 * generator.normal(size=400), 4000)
        written(folder, f"tone/{k}.wav", tone(1400 + 20 * k, rate=4000, seconds=0.1), 4000)
    return str(folder)


def answer(name, run):
    """The result of an analyzer; computed once."""
    if name not in _ANSWERS:
        _ANSWERS[name] = made(name).run(run)
    return _ANSWERS[name]


def is_a_frozen_dataclass_of_explained_parameters(name, run, folder):
    kind = workflow.analyzer_class(name)

    assert is_dataclass(kind)
    assert kind.__dataclass_params__.frozen
    assert isinstance(kind(), Analyzer)
    described = parameters_of(kind)
    assert [p.name for p in described] == [field.name for field in fields(kind)]
    assert [p.name for p in described if not p.meaning] == []


def says_when_a_report_runs_it(name, run, folder):
    module = registry.load(registry.ANALYZERS, name)
    chosen = module.in_report(run)

    assert chosen or "on request" in module.__doc__, "a report never runs it, and no text says so"
    assert {type(one) for one in chosen} <= {workflow.analyzer_class(name)}
    assert module.in_report(Run()) == (), "nothing to run on"
    everything = workflow.report_analyzers(run)
    assert set(chosen) <= set(everything)


def is_a_command_with_an_option_per_parameter(name, run, folder):
    words = ["analyze", name.replace("_", "-"), "--help"]
    shown = CliRunner().invoke(root, words, env={"COLUMNS": "200"}, catch_exceptions=False)

    options = [
        f"--{p.name.replace('_', '-')}" for p in parameters_of(workflow.analyzer_class(name))
    ]
    assert shown.exit_code == 0
    assert [option for option in options if option not in shown.output] == []


def answers_with_a_type_that_has_a_plot_and_a_section(name, run, folder):
    module_name = answer(name, run).module_name

    assert module_name in registry.names("cnnviz.results")
    assert module_name in registry.names("cnnviz.plots")
    assert module_name in registry.names("reports.sections")


def is_known_by_an_id_of_name_parameters_model_and_clips(name, run, folder):
    result = answer(name, run)

    assert result.id.startswith(f"{name}-")
    signed = result.provenance
    digests = (run.model.digest, run.capture.clips.digest)
    assert (signed.model_digest, signed.clips_digest) == digests
    assert run.provenance(made(name)).digest == signed.digest


def gives_equal_results_for_equal_seeds(name, run, folder):
    again = made(name).run(run)

    np.testing.assert_equal(asdict(again), asdict(answer(name, run)))


def survives_the_store_bit_by_bit(name, run, folder):
    store.write(answer(name, run), folder / "result.h5")

    read = store.read(folder / "result.h5")
    np.testing.assert_equal(asdict(read), asdict(answer(name, run)))
    assert read.id == answer(name, run).id


def leaves_the_model_as_it_was(name, run, folder):
    network = run.model.network
    network.train()
    before = _state(network)
    try:
        made(name).run(run)
        assert _state(network) == before
    finally:
        network.eval()


def draws_every_view(name, run, folder):
    result = answer(name, run)

    assert result.views
    for view in result.views:
        axes = result.plot(view)
        assert axes.get_title() or axes.get_xlabel(), f"{view} has no words"
        assert axes.has_data(), f"{view} is empty"


def draws_every_view_with_every_argument_it_names(name, run, folder):
    result = answer(name, run)

    for view, arguments in result.views.items():
        for argument, allowed in arguments.items():
            if argument == "labels":  # one per point, not one of those allowed
                values = [[0] * len(result.points), ["a"] * len(result.points)]
            else:
                values = [allowed[0], allowed[-1]]
            for value in values:
                assert result.plot(view, **{argument: value}).has_data(), f"{view} {argument}"


def has_a_chapter_on_the_page(name, run, folder):
    result = answer(name, run)
    shown = Run(model=run.model, capture=run.capture, results=[result])

    chapter = registry.load("reports.sections", result.module_name).section(shown)
    page = api.render(shown, folder / "page", title="tiny").read_text("utf-8")

    assert chapter is not None
    assert chapter.parts
    assert f'id="{chapter.anchor}"' in page
    assert result.id in page


def shows_itself_in_a_notebook(name, run, folder):
    result = answer(name, run)

    assert len(result.to_dataframe())
    assert "<img" in result._repr_html_()
    assert "<table" in result._repr_html_()


def has_a_test_file_of_its_name(name, run, folder):
    assert list(TESTS.rglob(f"test_{name}.py"))


CHECKS = (
    is_a_frozen_dataclass_of_explained_parameters,
    says_when_a_report_runs_it,
    is_a_command_with_an_option_per_parameter,
    answers_with_a_type_that_has_a_plot_and_a_section,
    is_known_by_an_id_of_name_parameters_model_and_clips,
    gives_equal_results_for_equal_seeds,
    survives_the_store_bit_by_bit,
    leaves_the_model_as_it_was,
    draws_every_view,
    draws_every_view_with_every_argument_it_names,
    has_a_chapter_on_the_page,
    shows_itself_in_a_notebook,
    has_a_test_file_of_its_name,
)


def _state(network):
    """Everything about a network that an analyzer could change."""
    tensors = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    hooks = [
        (len(m._forward_hooks), len(m._forward_pre_hooks), len(m._backward_hooks))
        for m in network.modules()
    ]
    flags = [module.training for module in network.modules()]
    wanted = [(p.requires_grad, p.grad is None) for p in network.parameters()]
    bits = {name: tensor.numpy().tobytes() for name, tensor in tensors.items()}
    return bits, hooks, flags, wanted, torch.is_grad_enabled()
