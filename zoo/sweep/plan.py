"""Plans: everything a sweep is going to train, checked before anything is decoded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnviz.audio import Clips

from ..blank import blank
from ..corpus import digest_of
from .data import Hearing, clips_for, hearing_of
from .expansion import within
from .grid import Grid
from .requests import requests_of
from .trial import Trial


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The trials of a sweep.

    Parameters
    ----------
    data
        Folder of clips, absolute.
    classes
        Classes that are kept; empty: all.
    trials
        Different from each other, those that hear the same clips one after another.
    """

    data: Path
    classes: tuple[str, ...]
    trials: tuple[Trial, ...]


def make_plan(
    grid: Grid, data: Path, *, classes: Sequence[str] = (), limit: int | None = None
) -> Plan:
    """Expand a grid and say what each network has and hears.

    Parameters
    ----------
    grid
        What to train.
    data
        Folder of clips.
    classes
        Classes to keep, instead of those of the grid.
    limit
        Keep the first so many trials of the grid; None: all.

    Raises
    ------
    CnnvizError
        If the grid asks for what cannot be, or the data are not there.
    """
    kept = tuple(classes) or grid.classes
    clips: dict[Hearing, Clips] = {}
    trials = []
    for request in requests_of(grid)[:limit]:
        hearing = hearing_of(request.name)
        if hearing not in clips:
            clips[hearing] = clips_for(hearing, data, classes=kept)
        with within(request.block):
            network = blank(request.name, len(clips[hearing].class_names))
        trials.append(
            Trial(
                name=request.name,
                recipe=request.recipe,
                data_digest=digest_of(clips[hearing]),
                n_parameters=sum(tensor.numel() for tensor in network.parameters()),
            )
        )
    digests = list(dict.fromkeys(trial.data_digest for trial in trials))
    trials.sort(key=lambda trial: digests.index(trial.data_digest))  # stable
    return Plan(data=data.resolve(), classes=kept, trials=tuple(trials))
