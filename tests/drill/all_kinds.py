"""Every kind of cases, in the order of the table."""

from tests.drill import crafted, disks, files, kills, names, tampered, together
from tests.drill.judging import Outcome
from tests.drill.kinds import run_case

_FILES = (kills, crafted, files, names, tampered, disks, together)  # longest first
KINDS = tuple(kind for file in _FILES for kind in file.KINDS)


def run_cases(number: int, seeds: range) -> tuple[int, list[Outcome]]:
    """Run some cases of one kind."""
    return number, [run_case(KINDS[number], seed) for seed in seeds]
