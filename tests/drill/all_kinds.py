"""Every kind of cases, in the order of the table."""

from tests.drill import crafted, files, kills, names, tampered
from tests.drill.judging import Outcome
from tests.drill.kinds import run_case

KINDS = (*crafted.KINDS, *files.KINDS, *names.KINDS, *tampered.KINDS, *kills.KINDS)


def run_cases(number: int, seeds: range) -> tuple[int, list[Outcome]]:
    """Run some cases of one kind."""
    return number, [run_case(KINDS[number], seed) for seed in seeds]
