"""Write reference pages and model cards from code and runs; with --check, fail if one is stale."""

import json
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import rich_click as click

import zoo
from cnnviz import registry
from cnnviz.cli import root
from zoo.card import read_card, to_markdown

SHOWN = 3  # names of a family in one cell
TYPE_NAMES = {"integer": "N", "integer range": "N", "float": "X", "float range": "X"}
HERE = Path(__file__).resolve().parent
OPEN_SETS = {
    "cnnviz.loaders": "Ways to get a model, in `cnnviz/loaders/`",
    "cnnviz.datasets": "Corpus layouts, in `cnnviz/datasets/`",
    "cnnviz.analyzers": "Analyzers, in `cnnviz/analyzers/`",
    "cnnviz.attribution.methods": "Analyzers that explain clips, in `cnnviz/attribution/methods/`",
    "cnnviz.plots": "Plots, one per result type, in `cnnviz/plots/`",
    "cnnviz.jobs.executors": "Places where jobs can run, in `cnnviz/jobs/executors/`",
    "reports.sections": "Report sections, in `reports/sections/`",
    "zoo.architectures": "Reference architectures, in `zoo/architectures/`",
    "zoo.corpora": "Corpora that can be fetched, in `zoo/corpora/`",
    "zoo.loggers": "Places that watch a training, in `zoo/loggers/`",
}


def first_line(text: str | None) -> str:
    """The first line of a docstring, as one table cell."""
    return (text or "").strip().split("\n")[0].replace("|", "\\|")


def option_row(option: click.Parameter) -> str:
    """One option or argument as a row of a Markdown table."""
    if isinstance(option, click.Argument):
        shown = option.human_readable_name.replace("|", "\\|")
        return f"| `{shown}` | argument | | {'required' if option.required else ''} |"
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    meaning = first_line(getattr(option, "help", ""))
    if option.multiple and "repeat" not in meaning:
        meaning = f"{meaning.removesuffix('.')}; repeatable."
    return f"| {names} | {values(option)} | {meaning} | {default_of(option)} |"


def values(option: click.Parameter) -> str:
    """What an option takes: its choices, its range or the name of its value; flags: nothing."""
    if choices := getattr(option.type, "choices", ()):
        return ", ".join(f"`{choice}`" for choice in choices)
    if isinstance(option, click.Option) and (option.is_flag or option.count):
        return ""
    name = (option.metavar or TYPE_NAMES.get(option.type.name, option.type.name.upper())).replace(
        "|", "\\|"
    )
    return f"`{name}`{limits(option.type)}"


def limits(kind: click.ParamType[Any]) -> str:
    """The range of a number in words; empty where it has none."""
    if not isinstance(kind, click.IntRange | click.FloatRange):
        return ""
    low, high = kind.min, kind.max
    if low is None:
        return f", at most {high:g}"
    return f", {low:g} or more" if high is None else f", {low:g} to {high:g}"


def default_of(option: click.Parameter) -> str:
    """The default in its cell, or that there is none to fall back on."""
    if option.required:
        return "required"
    default = option.default
    is_told = not (default in (None, False, (), "") or callable(default))
    return f"`{default}`" if is_told and "UNSET" not in str(default).upper() else ""


def option_rows(command: click.Command) -> list[str]:
    """Options and arguments of a command as rows."""
    parameters = command.get_params(click.Context(command))
    return [option_row(one) for one in parameters if one.name != "help"]


def children(command: click.Command) -> dict[str, click.Command]:
    """Commands of a group by name; none of a command."""
    if not isinstance(command, click.Group):
        return {}
    context = click.Context(command)
    found = {name: command.get_command(context, name) for name in command.list_commands(context)}
    return {name: child for name, child in found.items() if child is not None}


def command_page(name: str, command: click.Command, told: Sequence[str] = ()) -> str:
    """One command, and those below it; rows that all of them share stand with the group."""
    below = children(command)
    rows = {child: option_rows(found) for child, found in below.items()}
    shared = [
        row for row in next(iter(rows.values()), []) if all(row in of for of in rows.values())
    ]
    lines = [f"## `{name}`", "", (command.help or "").strip(), ""]
    own = [row for row in option_rows(command) if row not in told]
    for title, table in (("", own), ("Of every command below:", shared)):
        if table:
            lines += [title, ""] if title else []
            lines += ["| option | value | meaning | default |", "|---|---|---|---|", *table, ""]
    if command.epilog:
        lines += ["```text", command.epilog.replace("\b", "").strip(), "```", ""]
    pages = [command_page(f"{name} {child}", found, shared) for child, found in below.items()]
    return "\n".join(["\n".join(lines), *pages])


def open_sets_page() -> str:
    """What each open set holds: file name and the first line of its docstring."""
    lines = ["# What is in the box", "", "Generated from the folders: a file is a member.", ""]
    for package, title in OPEN_SETS.items():
        lines += [f"## {title}", "", "| name | what it is |", "|---|---|"]
        for name in registry.names(package):
            about = first_line(import_module(f"{package}.{name}").__doc__)
            lines.append(f"| `{name}` | {about} |")
        lines.append("")
    return "\n".join(lines)


def zoo_page() -> str:
    """Networks whose weights ship, from their cards, and the families with their names."""
    lines = ["# The zoo", "", "Generated from the model cards and the architectures.", ""]
    lines += ["## Trained networks that ship", ""]
    lines += [
        "| name | data | clips (train, test) | parameters | file | test accuracy (95 %) "
        "| without the easy class |"
    ]
    lines += ["|---|---|---|---|---|---|---|"]
    for path in cards():
        lines.append(card_row(json.loads(path.read_text("utf-8")), path))
    lines += [
        "",
        "Intervals draw whole speakers or recordings where the corpus names them.",
        "They cover other such speakers of the same corpus, and no other corpus or microphone.",
        "Each card says how it was trained, how it scores by class and by speaker, and its limits.",
        "",
    ]
    lines += [
        "## Families",
        "",
        "| family | task | listed names | what it is |",
        "|---|---|---|---|",
    ]
    for name in registry.names("zoo.architectures"):
        family = import_module(f"zoo.architectures.{name}")
        listed = [f"`{variant}`" for variant in family.VARIANTS]
        shown = (
            ", ".join(listed) if len(listed) <= SHOWN else f"{listed[0]} and {len(listed) - 1} more"
        )
        lines.append(f"| `{name}` | {family.TASK} | {shown} | {first_line(family.__doc__)} |")
    return "\n".join(lines)


def cards() -> list[Path]:
    """Model cards of the networks that ship."""
    return sorted((Path(zoo.__file__).parent / "checkpoints").glob("*.json"))


def card_row(card: dict[str, Any], path: Path) -> str:
    """One model card as a row of a Markdown table."""
    low, high = card["test"]["interval"]
    train, _, test = card["n_clips"]
    size = path.with_suffix(".safetensors").stat().st_size / 1e6
    accuracy = f"{card['test']['accuracy']:.3f} ({low:.3f} to {high:.3f})"
    link = f"[{card['name']}](../../zoo/checkpoints/{path.stem}.md)"
    return (
        f"| {link} | {card['data']} | {train:,}, {test:,} | {card['n_parameters']:,} "
        f"| {size:.1f} MB | {accuracy} | {_without_easy(card)} |"
    )


def _without_easy(card: dict[str, Any]) -> str:
    """Accuracy on the clips of the other classes, as a cell."""
    part = card["test"].get("without_easy")
    if part is None:
        return ""
    low, high = part["interval"]
    return f"{part['accuracy']:.3f} ({low:.3f} to {high:.3f})"


def pages() -> dict[Path, str]:
    """Every generated page with its text."""
    cli = "# Command line\n\nGenerated from the commands themselves.\n\n"
    return {
        HERE / "reference" / "cli.md": cli + command_page("cnnviz", root),
        HERE / "reference" / "open-sets.md": open_sets_page(),
        HERE / "reference" / "zoo.md": zoo_page(),
        **{path.with_suffix(".md"): to_markdown(read_card(path)) for path in cards()},
    }


def main() -> None:
    """Write the pages, or compare them."""
    stale = []
    for path, page in pages().items():
        text = page.rstrip() + "\n"
        if "--check" in sys.argv:
            if not path.is_file() or path.read_text("utf-8") != text:
                stale.append(path.name)
            continue
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    if stale:
        sys.exit(f"out of date: {', '.join(stale)}; run: make docs")


if __name__ == "__main__":
    main()
