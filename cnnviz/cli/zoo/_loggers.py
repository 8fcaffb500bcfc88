"""The option that adds trackers to the CSV files of a training."""

from __future__ import annotations

import rich_click as click

from cnnviz.cli._members import MemberOf

logger_option = click.option(
    "--logger",
    "loggers",
    type=MemberOf("zoo.loggers", without=("csv",)),
    multiple=True,
    metavar="NAME",
    help="Besides the CSV files: tensorboard, wandb or mlflow; repeatable.",
)
"""For commands that train."""
