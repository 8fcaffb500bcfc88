"""The training of one trial, as workers call it wherever they are."""

from functools import lru_cache
from pathlib import Path

from ..corpus import Corpus, read_corpus
from ..training import Training, train
from .data import ClipFormat, clip_format_of, clips_for
from .folder import SweepFolder
from .progress import Clock


def train_trial(run: Path, *, device: str) -> None:
    """Train the trial of a run folder, from its last whole epoch on.

    Parameters
    ----------
    run
        Run folder within that of the sweep.
    device
        ``"cpu"``, ``"cuda"`` or ``"cuda:N"``.
    """
    folder = SweepFolder.of_run(run)
    trial = folder.trial(run.name)
    with Clock(run / "progress.json", folder.seconds(run.name)) as clock:
        corpus = _corpus(folder, clip_format_of(trial.name))
        training = Training(
            name=trial.name,
            recipe=trial.recipe,
            folder=run,
            device=device,
            precision=folder.precision,
            tracking=folder.tracking(run.name),
        )
        train(training, corpus, resume=True, tell=clock)


@lru_cache(maxsize=1)  # trials that hear the same clips follow each other
def _corpus(folder: SweepFolder, clip_format: ClipFormat) -> Corpus:
    return read_corpus(clips_for(clip_format, folder.data, classes=folder.classes))
