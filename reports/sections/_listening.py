"""The part of a clip that an explanation marks, and the rest, to be heard."""

from cnnviz.results import Relevance
from cnnviz.run import Run
from reports.numerals import decimal
from reports.parts import Column, Part, Play, Table
from reports.sound import parts_of

from ._clips import Clip

_CAPTION = (
    "The clip, the part of it that the map marks and the rest, as loud as the clip or as a peak of "
    "-1 dB allows; scores at their own level, of the sounds that are heard"
)


def listening_parts(run: Run, relevance: Relevance, row: int, clip: Clip) -> tuple[Part, ...]:
    """Players and scores of one explained clip; none where no sound was made."""
    listening, parts = relevance.listening, parts_of(run, relevance)
    if listening is None or not parts:
        return ()
    used, rest = (parts[row, name].number for name in ("used", "rest"))
    error = decimal(100 * float(listening.consistency_errors[row]), 2)
    table = Table(
        name=f"listening-{relevance.method}-{clip.index}",
        caption=f"{_CAPTION}. The part used misses its masked spectrogram by {error} %.",
        columns=(
            Column(name="Sound"),
            Column(name="Explained score", digits=4),
            Column(name="Gain", unit="dB", digits=3),
        ),
        rows=(
            (Play(clip=clip.index, text="the clip"), float(relevance.scores[row]), 0.0),
            (
                Play(clip=used, text="the part used"),
                float(listening.used_scores[row]),
                float(listening.gains_db[row, 0]),
            ),
            (
                Play(clip=rest, text="the rest"),
                float(listening.rest_scores[row]),
                float(listening.gains_db[row, 1]),
            ),
        ),
        sortable=False,
    )
    return (table,)
