"""Plans: everything a sweep is going to train, checked before anything is decoded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnviz.audio import Clips

from ..corpus import digest_of
from ..uninitialised import uninitialised_network
from .data import ClipCounts, ClipFormat, clip_format_of, clips_for, count_clips
from .expansion import naming_block
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
    counts
        Clips that a trial goes through, by the digest of its data.
    loggers
        Files of `zoo.loggers` that watch the trials.
    """

    data: Path
    classes: tuple[str, ...]
    trials: tuple[Trial, ...]
    counts: Mapping[str, ClipCounts]
    loggers: tuple[str, ...] = ()


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
    class_names = tuple(classes) or grid.classes
    clips: dict[ClipFormat, Clips] = {}
    trials = []
    for request in requests_of(grid)[:limit]:
        clip_format = clip_format_of(request.name)
        if clip_format not in clips:
            clips[clip_format] = clips_for(clip_format, data, classes=class_names)
        with naming_block(request.block):
            network = uninitialised_network(request.name, len(clips[clip_format].class_names))
        trials.append(
            Trial(
                name=request.name,
                recipe=request.recipe,
                data_digest=digest_of(clips[clip_format]),
                n_parameters=sum(tensor.numel() for tensor in network.parameters()),
            )
        )
    digests = list(dict.fromkeys(trial.data_digest for trial in trials))
    trials.sort(key=lambda trial: digests.index(trial.data_digest))  # stable
    counts = {digest_of(own): count_clips(own) for own in clips.values()}
    return Plan(data=data.resolve(), classes=class_names, trials=tuple(trials), counts=counts)
