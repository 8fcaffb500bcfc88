"""CSV: files in ``metrics/`` of the run folder; each start of a training has its ``version_N/``.

``version_N`` holds the epochs and the parameters, ``test_scores.csv`` and ``confusion.csv`` what
came of the training. Card and weights are in the run folder anyway.
"""

from pathlib import Path

from lightning.pytorch.loggers import CSVLogger

from cnnviz.files import write_whole

from ..card import Card
from . import Tracking
from ._outcome import confusion_csv, scores

NEEDS = None


def build(folder: Path, tracking: Tracking) -> CSVLogger:  # noqa: ARG001 (one face for all kinds)
    """Build the logger of a run folder."""
    return CSVLogger(folder, name="metrics")


def forget(logger: CSVLogger, epoch: int, step: int) -> None:  # noqa: ARG001 (one face)
    """Cut the rows of epochs that are trained again; a row that was not written to its end too."""
    for path in Path(logger.root_dir).glob("version_*/metrics.csv"):
        head, *rows = path.read_text("utf-8").splitlines(keepends=True)
        at = head.rstrip().split(",").index("epoch")
        kept = [row for row in rows if row.endswith("\n") and int(row.split(",")[at]) < epoch]
        write_whole(path, head + "".join(kept))


def keep(logger: CSVLogger, card: Card, weights: Path) -> None:  # noqa: ARG001
    """Write the scores and the confusion matrix."""
    folder = Path(logger.root_dir)
    rows = "".join(f"{name},{value:.9g}\n" for name, value in scores(card).items())
    write_whole(folder / "test_scores.csv", f"score,value\n{rows}")
    write_whole(folder / "confusion.csv", confusion_csv(card))


def finish(logger: CSVLogger, status: str) -> None:
    """Leave nothing open."""
    logger.finalize(status)
