"""Workers: whoever has a processor to spare takes the next trial nobody trains."""

import time
import traceback
from collections.abc import Callable, Sequence
from functools import lru_cache

from cnnviz.errors import CnnvizError

from ..corpus import Corpus, read_corpus
from ..training import Training, train
from .claim import Claim
from .data import Hearing, clips_for, hearing_of
from .folder import SweepFolder
from .progress import Clock

_PAUSE = 1.0  # seconds between looks at what others train
Announce = Callable[[str | None], None]


def take_turns(
    folder: SweepFolder, trial_ids: Sequence[str], *, device: str, announce: Announce
) -> None:
    """Train one trial after another until all are done or failed.

    Parameters
    ----------
    folder
        Of the sweep.
    trial_ids
        Trials, in the order they are to be tried.
    device
        ``"cpu"``, ``"cuda"`` or ``"cuda:N"``.
    announce
        Told each trial that is begun, and None after it.
    """
    claims = {trial_id: Claim(folder.run(trial_id)) for trial_id in trial_ids}
    while left := [trial_id for trial_id in trial_ids if not folder.is_finished(trial_id)]:
        trained = False
        for trial_id in left:
            if not folder.is_finished(trial_id) and claims[trial_id].take(wait=False):
                announce(trial_id)
                _attempt(folder, trial_id, claims[trial_id], device=device)
                announce(None)
                trained = True
        if not trained:
            time.sleep(_PAUSE)


def attempt(folder: SweepFolder, trial_id: str, *, device: str) -> None:
    """Train one trial unless it is done; when another worker has it, wait for that one."""
    claim = Claim(folder.run(trial_id))
    claim.take(wait=True)
    _attempt(folder, trial_id, claim, device=device)


def _attempt(folder: SweepFolder, trial_id: str, claim: Claim, *, device: str) -> None:
    try:
        if not folder.is_finished(trial_id):
            _train(folder, trial_id, device=device)
    except Exception as error:  # whatever fails is recorded, and others go on
        if isinstance(error.__cause__, SystemExit):  # a signal asked the training to stop
            raise error.__cause__ from error
        folder.fail(trial_id, _reason(error), traceback.format_exc())
    finally:
        claim.release()


def _train(folder: SweepFolder, trial_id: str, *, device: str) -> None:
    trial = folder.trial(trial_id)
    run = folder.run(trial_id)
    with Clock(run / "progress.json", folder.seconds(trial_id)) as clock:
        corpus = _corpus(folder, hearing_of(trial.name))
        chosen = Training(
            name=trial.name,
            recipe=trial.recipe,
            folder=run,
            device=device,
            precision=folder.precision,
        )
        train(chosen, corpus, resume=True, tell=clock)


@lru_cache(maxsize=1)  # trials that hear the same clips follow each other
def _corpus(folder: SweepFolder, hearing: Hearing) -> Corpus:
    return read_corpus(clips_for(hearing, folder.data, classes=folder.classes))


def _reason(error: Exception) -> str:
    """One line; errors of cnnviz speak for themselves."""
    first = str(error).strip().partition("\n")[0]
    return first if isinstance(error, CnnvizError) else f"{type(error).__name__}: {first}"
