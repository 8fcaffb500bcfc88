"""``cnnviz capture``: run clips through a model once, and keep what its layers answered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from cnnviz.cli import _advice, _capturing, _options
from cnnviz.cli._progress import say
from cnnviz.defaults import N_SHOWN

if TYPE_CHECKING:
    from cnnviz.capture import Capture, Plan


@click.command(
    epilog="""
Examples:

  cnnviz capture zoo:filterbank_k128_ch64-5-do0.25-bn clips/ --out runs/words

  cnnviz capture mynet.py:build clips/ --weights best.ckpt --sample-rate 16000 --layer conv3

  cnnviz capture model.pt2 clips/ --maps all --pack gzip

Stopped with Ctrl-C or killed, the same command continues where it was.
"""
)
@click.argument("model")
@click.argument("clips")
@click.option("--out", metavar="DIR", help="Run folder; default: runs/NAME.")
@click.option(
    "--layer",
    "layers",
    multiple=True,
    metavar="NAME",
    help="Layer to capture, may be repeated; default: every convolution, and the layer before "
    "the last.",
)
@click.option(
    "--maps",
    default=str(N_SHOWN),
    show_default=True,
    metavar="N",
    help="Clips whose full maps are kept, or all.",
)
@click.option(
    "--budget", default="1GB", show_default=True, metavar="SIZE", help="Most bytes of full maps."
)
@click.option(
    "--dtype",
    type=click.Choice(["float16", "float32"]),
    default="float16",
    show_default=True,
    help="Storage of full maps.",
)
@click.option("--batch-size", type=click.IntRange(1), metavar="N", help="Clips per forward pass.")
@click.option(
    "--pack",
    type=click.Choice(["none", "lzf", "gzip"]),
    default="none",
    show_default=True,
    help="Compress maps: lzf halves them, read by h5py; gzip is slower, read by all of HDF5.",
)
@_options.clip_options
@click.option("--overwrite", is_flag=True, help="Discard what the run folder holds.")
@_options.device_options
@_options.model_options
def command(model: str, clips: str, **options: Any) -> None:
    """Run clips through a model once and keep what its layers answered, as HDF5.

    MODEL is zoo:NAME, a checkpoint or package.module:factory; CLIPS is a folder of sounds, a
    CSV manifest or one file. The statistics of all clips are kept, and full feature maps of
    some, spread evenly over the classes.
    """
    from cnnviz.lock import one_at_a_time

    plan, out = _plan(model, clips, options)
    with (
        one_at_a_time(out, told=say),
        _capturing.record_plan(plan, out, overwrite=options["overwrite"]) as capture,
    ):
        _conclude(capture)


def _plan(reference: str, folder: str, options: dict[str, Any]) -> tuple[Plan, Path]:
    from cnnviz import capture

    model, clips = _capturing.load_inputs(reference, folder, options)
    choices = capture.Choices(
        layers=options["layers"],
        n_maps=_count(options["maps"], len(clips)),
        budget_bytes=_bytes(options["budget"]),
        dtype=options["dtype"],
        batch_size=options["batch_size"],
        packing=options["pack"],
    )
    out = _options.run_folder(model, options)
    return capture.prepare(model, clips, choices), out


def _conclude(capture: Capture) -> None:
    folder = capture.path.parent
    size = sum(path.stat().st_size for path in folder.rglob("*.h5"))
    say(
        f"wrote {capture.path} ({size / 1e6:,.1f} MB). Explain it with: "
        f"{_advice.explaining(capture)}"
    )
    click.echo(capture.path)


def _count(text: str, n_clips: int) -> int:
    if text == "all":
        return n_clips
    if not text.isdecimal():
        raise click.BadParameter(f"{text!r} is not a number or 'all'", param_hint="--maps")
    return int(text)


def _bytes(text: str) -> int:
    units = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
    number = text.strip().rstrip("BbKkMmGgTt ")
    unit = text.strip()[len(number) :].strip().upper()
    try:
        return int(float(number) * units[unit])
    except (KeyError, ValueError):
        raise click.BadParameter(
            f"{text!r} is not a size such as 500MB or 2GB", param_hint="--budget"
        ) from None
