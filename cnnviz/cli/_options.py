"""Options that several commands share, and how they become a model or clips."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from cnnviz.cli._members import MemberOf
from cnnviz.cli._progress import say
from cnnviz.roles import ROLES

if TYPE_CHECKING:
    from cnnviz.audio import Clips
    from cnnviz.model import AudioModel

F = TypeVar("F", bound=Callable[..., Any])

_MODEL = (
    click.option("--weights", metavar="FILE", help="State dict for a package.module:factory."),
    click.option("--sample-rate", type=click.IntRange(1), metavar="HZ", help="Audio rate in Hz."),
    click.option(
        "--n-samples", type=click.IntRange(1), metavar="N", help="Audio samples per clip."
    ),
    click.option(
        "--layout",
        type=click.Choice(["bct", "bt", "btc"]),
        help="Axes of a waveform network's input.",
    ),
    click.option(
        "--frontend", metavar="JSON", help="Frontend as JSON text or a JSON file (see docs)."
    ),
    click.option("--classes", metavar="A,B,...", help="Class names in output order, or a file."),
    click.option(
        "--output",
        type=click.Choice(ROLES),
        help="What the network's output is for; default: recognised, and said.",
    ),
    click.option(
        "--trust-code",
        is_flag=True,
        help="Open full pickles and run TorchScript: code of the file's author, with your rights.",
    ),
)


def model_options(function: F) -> F:
    """Add the options every command that takes a model understands."""
    for option in reversed(_MODEL):
        function = option(function)
    return function


_CLIPS = (
    click.option(
        "--clip-layout",
        type=MemberOf("cnnviz.datasets"),
        metavar="NAME",
        help="Corpus layout; default: recognised.",
    ),
    click.option(
        "--split-by-speaker",
        is_flag=True,
        help="Split a corpus that names speakers but no split: 80 % train, 10 % each for "
        "validation and test, by a hash of the speaker's name.",
    ),
)


def clip_options(function: F) -> F:
    """Add how a folder of clips is read; for commands that read one."""
    for option in reversed(_CLIPS):
        function = option(function)
    return function


init_option = click.option(
    "--init",
    metavar="FILE",
    help="Weights that training began with, any file of tensors; default: those kept in the zoo.",
)
"""For commands that say what training moved."""


_DEVICE = (
    click.option(
        "--device",
        default="auto",
        show_default=True,
        metavar="NAME",
        help="cpu, cuda, cuda:N or mps; auto: CUDA where there is it.",
    ),
    click.option(
        "--threads",
        type=click.IntRange(1),
        metavar="N",
        help="Cores of the processor to use at most; default: all that this process may use.",
    ),
)


def device_options(function: F) -> F:
    """Add where the network runs; for commands that run it on clips."""
    for option in reversed(_DEVICE):
        function = option(function)
    return function


def load(reference: str, **options: Any) -> AudioModel:
    """Turn a reference and the options of `model_options` into a model; say what was noticed."""
    from cnnviz.loaders import load_model

    model = load_model(
        reference,
        weights=options.get("weights"),
        sample_rate=options.get("sample_rate"),
        n_samples=options.get("n_samples"),
        layout=options.get("layout"),
        frontend=_frontend(options.get("frontend")),
        class_names=_classes(options.get("classes")),
        role=options.get("output"),
        trust_code=bool(options.get("trust_code")),
    )
    for notice in model.notices:
        say(f"note: {notice}")
    from cnnviz.model import on_device, use_threads

    if threads := options.get("threads"):
        use_threads(threads)
        os.environ["OMP_NUM_THREADS"] = str(threads)  # what forks and their number go by
    return on_device(model, options.get("device"))


def _frontend(text: str | None) -> dict[str, object] | None:
    if text is None:
        return None
    from cnnviz.budget import parse_json
    from cnnviz.errors import ParameterError

    try:
        content = parse_json(text if text.lstrip().startswith("{") else _read(text))
    except ValueError as error:
        raise ParameterError(
            f"--frontend is not JSON ({error}); "
            'example: {"kind": "log_mel", "n_fft": 480, "hop_length": 160, "n_mels": 40}'
        ) from error
    frontend = content.get("frontend", content) if isinstance(content, dict) else content
    if not isinstance(frontend, dict):
        raise ParameterError(f"--frontend holds {frontend!r:.80}; allowed: a JSON object")
    return frontend


def _classes(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    if "," not in text and Path(text).is_file():
        return tuple(_read(text).splitlines())
    return tuple(name.strip() for name in text.split(","))


def _read(path: str) -> str:
    """Text of a file that an option names."""
    from cnnviz.errors import ParameterError

    try:
        return Path(path).read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path} is no UTF-8 text ({error}); save it as UTF-8") from error


def run_name(model: AudioModel) -> str:
    """Folder name of a run: the model's name without characters that paths dislike."""
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in model.name)
    return safe.strip(".") or "model"


def run_folder(model: AudioModel, options: Mapping[str, Any]) -> Path:
    """Where a run is kept: ``--out``, else ``runs/NAME``."""
    return Path(options["out"] or Path("runs") / run_name(model))


def read(folder: str, model: AudioModel, **options: Any) -> Clips:
    """Read the clips of a folder at the rate and length the model takes."""
    from cnnviz.datasets import read_clips

    return read_clips(
        Path(folder),
        layout=options.get("clip_layout"),
        split_by_speaker=bool(options.get("split_by_speaker")),
        sample_rate=model.sample_rate,
        n_samples=model.n_samples,
    )
