"""CSV: ``metrics/version_N/metrics.csv``, one file per start of the training."""

from pathlib import Path

from lightning.pytorch.loggers import CSVLogger

NEEDS = None


def build(folder: Path, run_name: str) -> CSVLogger:  # noqa: ARG001 (one face for all kinds)
    """Build the logger of a run folder."""
    return CSVLogger(folder, name="metrics")
