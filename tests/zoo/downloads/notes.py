"""A part of NSynth with a few notes."""

import json

from .packing import tar_gz, wav

NOTES = [f"bass_synthetic_068-{pitch:03}-025" for pitch in range(40, 50)] + [
    f"flute_acoustic_002-{pitch:03}-100" for pitch in range(70, 80)
]


def archive(part, *, without=""):
    """The archive of a part, perhaps without the sound of one note."""
    table = {
        note: {
            "instrument_family_str": note.partition("_")[0],
            "instrument_str": note.partition("-")[0],
        }
        for note in NOTES
    }
    files = {f"nsynth-{part}/examples.json": json.dumps(table).encode()}
    for i, note in enumerate(NOTES):
        if note != without:
            files[f"nsynth-{part}/audio/{note}.wav"] = wav(i)
    return tar_gz(files)


def counts():
    return {"audio/*.wav": len(NOTES), "examples.json": 1}
