"""``cnnviz layers``: what a model is made of and how much sound each layer sees."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import rich_click as click

from cnnviz.cli import _options
from cnnviz.cli._progress import say

if TYPE_CHECKING:
    from torch import Tensor

    from cnnviz.grid import ReceptiveField
    from cnnviz.model import AudioModel
    from cnnviz.trace import LayerCall

_TEXT_WIDTH = 140


@click.command(
    epilog="""
Examples:

  cnnviz layers zoo:filterbank_k128_ch64-5-do0.25-bn

  cnnviz layers mynet.py:build --weights best.ckpt --sample-rate 16000

  cnnviz layers model.pt --sample-rate 16000
      a bare state dict: tensors with their shapes

A receptive field of "<= 320" is an upper bound; "?" is not known.
"""
)
@click.argument("model")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@_options.model_options
def command(model: str, *, as_json: bool, **options: Any) -> None:
    """List the layers of MODEL: shapes, parameters, receptive field in samples and ms.

    MODEL is zoo:NAME, a checkpoint or a bare state dict, package.module:factory or
    file.py:factory.
    """
    loaded = _options.load(model, **options)
    if as_json:
        click.echo(_json(loaded))
        return
    table = _calls(loaded) if loaded.has_graph else _tensors(loaded)
    _print(table)
    say(_total(loaded))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    """Titles, and rows of cells; columns named in `numbers` stand on the right."""

    titles: tuple[str, ...]
    numbers: frozenset[str]
    rows: tuple[tuple[str, ...], ...]


def _total(model: AudioModel) -> str:
    """How much the model holds, in one line."""
    n_learned = sum(parameter.numel() for parameter in model.network.parameters())
    n_numbers = sum(tensor.numel() for tensor in model.tensors.values())
    size = f"{n_learned:,} parameters" if model.has_graph else f"{n_numbers:,} numbers"
    return f"{model.name}: {size} in {len(model.tensors)} tensors; {model.sample_rate:,} Hz"


def _json(model: AudioModel) -> str:
    """The model and its layers, or its tensors where there is no network to run."""
    from cnnviz.trace import trace

    head = {"model": model.name, "sample_rate": model.sample_rate}
    if not model.has_graph:
        tensors = [_tensor_record(name, tensor) for name, tensor in model.tensors.items()]
        return json.dumps({**head, "tensors": tensors}, indent=1)
    n_parameters = sum(parameter.numel() for parameter in model.network.parameters())
    layers = [_layer_record(call) for call in trace(model).calls]
    return json.dumps({**head, "parameters": n_parameters, "layers": layers}, indent=1)


def _tensor_record(name: str, tensor: Tensor) -> dict[str, object]:
    kind = str(tensor.dtype).removeprefix("torch.")
    return {"tensor": name, "shape": list(tensor.shape), "type": kind}


def _layer_record(call: LayerCall) -> dict[str, object]:
    """One layer call; receptive fields in audio samples and in cells of the network's input."""
    return {
        "layer": call.name,
        "kind": call.kind,
        "detail": call.detail,
        "output_shape": list(call.output_shape),
        "parameters": call.n_parameters,
        "time_field": None if call.time_field is None else asdict(call.time_field),
        "frequency_field": None if call.frequency_field is None else asdict(call.frequency_field),
    }


def _calls(model: AudioModel) -> _Table:
    """One row per layer call, in order of execution."""
    from cnnviz.trace import trace

    calls = trace(model).calls
    titles = (
        "layer",
        "kind",
        "detail",
        "output",
        "parameters",
        "sees samples",
        "sees ms",
        "hop ms",
    )
    has_frequency = any(call.frequency_field is not None for call in calls)
    rows = tuple(_row(call, model.sample_rate, with_bands=has_frequency) for call in calls)
    bands = ("sees bands",) if has_frequency else ()
    return _Table(titles=(*titles, *bands), numbers=frozenset((*titles[4:], *bands)), rows=rows)


def _row(call: LayerCall, sample_rate: int, *, with_bands: bool) -> tuple[str, ...]:
    time = call.time_field
    bands = (_size(call.frequency_field, 1, ",.0f"),) if with_bands else ()
    return (
        call.name,
        call.kind,
        call.detail,
        " x ".join(map(str, call.output_shape)),
        f"{call.n_parameters:,}" if call.n_parameters else "",
        _size(time, 1, ",.0f"),
        _size(time, 1000 / sample_rate, ",.1f"),
        _jump(time, 1000 / sample_rate),
        *bands,
    )


def _size(field: ReceptiveField | None, unit: float, form: str) -> str:
    if field is None:
        return ""
    if field.status == "unknown":
        return "?"
    return f"{'<= ' if field.status == 'upper' else ''}{field.size * unit:{form}}"


def _jump(field: ReceptiveField | None, unit: float) -> str:
    if field is None or field.status == "unknown" or field.jump == 0:
        return ""
    return f"{field.jump * unit:,.2f}"


def _tensors(model: AudioModel) -> _Table:
    """One row per tensor of a bare state dict, in file order."""
    from cnnviz.model import WeightsOnly
    from cnnviz.trace import weight_convolutions

    assert isinstance(model.network, WeightsOnly)
    convolutions = {convolution.name for convolution in weight_convolutions(model.network)}
    rows = tuple(
        (
            name,
            " x ".join(map(str, tensor.shape)) or "one number",
            str(tensor.dtype).removeprefix("torch."),
            f"{prod(tensor.shape):,}",
            "convolution" if name.rpartition(".")[0] in convolutions and tensor.ndim > 2 else "",
        )
        for name, tensor in model.tensors.items()
    )
    titles = ("tensor", "shape", "type", "numbers", "read as")
    return _Table(titles=titles, numbers=frozenset({"numbers"}), rows=rows)


def _print(table: _Table) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        console = Console(width=_TEXT_WIDTH)
    text_table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in table.titles:
        text_table.add_column(
            title, justify="right" if title in table.numbers else "left", overflow="fold"
        )
    for row in table.rows:
        text_table.add_row(*(cell.replace("[", "\\[") for cell in row))
    console.print(text_table, highlight=False)
