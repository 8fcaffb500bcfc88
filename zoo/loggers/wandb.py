"""Weights & Biases: runs in ``wandb/``; ``WANDB_MODE=offline`` needs no account and no network.

``wandb sync RUN_FOLDER/wandb/offline-run-*`` sends an offline run later.
"""

from pathlib import Path

from lightning.pytorch.loggers import WandbLogger

NEEDS = "wandb"


def build(folder: Path, run_name: str) -> WandbLogger:
    """Build the logger of a run folder, in the project ``cnnviz``."""
    return WandbLogger(name=run_name, project="cnnviz", save_dir=folder, log_model=False)
