"""What is said where a front end that levels clips was held at one gain."""

from ..parts import Fact


def held_level(level_db: float | None) -> tuple[Fact, ...]:
    """Of the noise whose gain it was held at, in dB re a full-scale sine; None: nothing is said."""
    if level_db is None:
        return ()
    note = f"at the gain that noise of {level_db:g} dBFS gets"
    return (Fact(label="Levelling of clips", value="held", note=note),)
