"""``cnnviz filters``: what each filter of a checkpoint passes, in Hz, seconds and dB."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from cnnviz.cli import _options
from cnnviz.cli._progress import progress, say

if TYPE_CHECKING:
    from cnnviz.results import Bank, FilterResponses

_TEXT_WIDTH = 120


@click.command(
    epilog="""
Examples:

  cnnviz filters model.pt --sample-rate 16000
      a bare state dict is enough

  cnnviz filters zoo:filterbank_k128_ch64-5-do0.25-bn --layer conv3

  cnnviz filters mynet.py:build --weights best.ckpt --sample-rate 16000
      with the network, second layers get their response at the waveform

  cnnviz filters mynet.py:build --weights best.ckpt --init first.ckpt --sample-rate 16000
      with the weights training began with: how far each filter moved

  cnnviz filters model.pt --sample-rate 16000 --frontend mel.json
      kernels on a spectrogram, in Hz and cycles per octave; mel.json such as
      {"kind": "log_mel", "n_fft": 480, "hop_length": 160, "n_mels": 40}

Writes filters.html, filters.csv, filters.json and filters.h5.
"""
)
@click.argument("model")
@click.option(
    "--layer", "layers", multiple=True, metavar="NAME", help="Convolution; default: first two."
)
@click.option("--out", metavar="DIR", help="Folder to write to; default: runs/NAME.")
@click.option("--rows", default=100, show_default=True, help="Rows to print per layer.")
@click.option("--seed", default=0, show_default=True, help="Of the untrained filters.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@_options.init_option
@_options.model_options
def command(model: str, **options: Any) -> None:
    """Read the convolutions of MODEL as digital filters.

    MODEL is a checkpoint or a bare state dict, zoo:NAME, package.module:factory or
    file.py:factory.
    """
    loaded = _options.load(model, **options)
    from cnnviz.analyzers.filter_responses import FrequencyResponses
    from cnnviz.lock import one_at_a_time
    from cnnviz.provenance import Provenance, command_line, now
    from cnnviz.run import Run

    analyzer = FrequencyResponses(
        layers=tuple(options["layers"]), seed=options["seed"], init=options["init"] or ""
    )
    signature = Provenance(created=now(), command=command_line())
    with progress("reading filters") as advance:
        responses = analyzer.run(Run(model=loaded, signature=signature, progress=advance))
    out = Path(options["out"] or Path("runs") / _options.run_name(loaded))
    with progress("writing"), one_at_a_time(out, told=say):
        written = _write(responses, out, title=loaded.name)
    _print(responses, as_json=options["as_json"], n_rows=options["rows"])
    say(f"wrote {', '.join([str(written[0]), *(path.name for path in written[1:])])}")


def _write(responses: FilterResponses, out: Path, *, title: str) -> tuple[Path, ...]:
    from cnnviz import api, store
    from cnnviz.cli import _tables
    from cnnviz.files import write_whole
    from cnnviz.memory import give_back

    csv, json, h5 = (out / f"filters.{ending}" for ending in ("csv", "json", "h5"))
    html = api.render([responses], out / "filters.html", title=title)  # the largest, so first
    give_back()
    store.write(responses, h5)
    write_whole(csv, _tables.to_csv(responses))
    write_whole(json, _tables.to_json(responses))
    return (html, csv, json, h5)


def _print(responses: FilterResponses, *, as_json: bool, n_rows: int) -> None:
    from rich.console import Console

    from cnnviz.cli import _tables

    if as_json:
        click.echo(_tables.to_json(responses), nl=False)
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=_TEXT_WIDTH)
    for bank in responses.banks:
        _print_bank(bank, console, n_rows)


def _print_bank(bank: Bank, console: Any, n_rows: int) -> None:
    from rich.table import Table

    from cnnviz.cli._tables import columns

    console.print(f"{bank.layer}  {bank.description}", highlight=False, markup=False)
    if bank.policy:
        console.print(f"  {bank.policy}", highlight=False, markup=False, style="dim")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    bank_columns = columns(bank)
    for column in bank_columns:
        table.add_column(column.title, justify="right" if column.is_number else "left")
    for row in list(zip(*(column.cells for column in bank_columns), strict=True))[:n_rows]:
        table.add_row(*row)
    console.print(table)
    if len(bank.order) > n_rows:
        console.print(f"... {len(bank.order) - n_rows:,} more rows in filters.csv", markup=False)
    for finding in bank.findings:
        console.print(finding.sentence, highlight=False, markup=False)
    console.print()
