"""All of the drill: ``python -m tests.drill [--part N] [--only TEXT] [docs/reliability.md]``.

Prints every fault, writes the counts as a table, and exits with 1 if there was a fault.
"""

import argparse
import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

os.environ.setdefault("OMP_NUM_THREADS", "1")

from tests.drill.all_kinds import KINDS, run_cases
from tests.drill.judging import MEBIBYTES, SECONDS, Outcome
from tests.drill.kinds import Kind

_CHUNK = 10  # cases that a process takes at a time
_PAGE = """# Reliability

What became of {n_cases:,} cases of hostile files, faults and kills, {by}
({minutes:.0f} minutes on {n_cores} cores).
Cases are made from seeds; each runs a command in a process of its own.
A fault is: code of a file was run, a file outside the run and the output was read or written,
a traceback, a crash of the process, more than {seconds} s of the processor or {mebibytes:,} MiB,
a clip lost or doubled, an older report lost, or an error that is not one line.
[SECURITY.md](../SECURITY.md) says what is trusted when.

| kind | cases | done | refused | faults | longest, s | most memory, MiB |
|---|---|---|---|---|---|---|
{rows}
"""


@dataclass
class Count:
    """What became of the cases of one kind."""

    codes: Counter[int] = field(default_factory=Counter)
    faults: list[Outcome] = field(default_factory=list)
    seconds: float = 0.0
    mebibytes: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """Count one case, and tell a fault at once."""
        if outcome.skipped:
            print(f"{outcome.name}: skipped, {outcome.skipped}", file=sys.stderr)
            return
        self.codes[outcome.code] += 1
        self.seconds = max(self.seconds, outcome.seconds)
        self.mebibytes = max(self.mebibytes, outcome.mebibytes)
        if outcome.fault:
            self.faults.append(outcome)
            print(f"{outcome.name}: {outcome.fault}\n{outcome.said[-3000:]}", file=sys.stderr)


def chunks(kind: Kind, n_cases: int) -> list[range]:
    """Seeds of a kind, some at a time."""
    return [range(i, min(i + _CHUNK, n_cases)) for i in range(0, n_cases, _CHUNK)]


def row(kind: Kind, count: Count) -> str:
    """One line of the table."""
    n_cases = sum(count.codes.values())
    done = count.codes[0]
    return (
        f"| {kind.group}: {kind.name} | {n_cases:,} | {done:,} | {n_cases - done:,} "
        f"| {len(count.faults)} | {count.seconds:.1f} | {max(count.mebibytes, 0):,.0f} |"
    )


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", nargs="?", type=Path)
    parser.add_argument("--part", type=int, default=1, help="one case of so many, for a glance")
    parser.add_argument("--only", default="", help="kinds whose group or name holds this text")
    options = parser.parse_args()
    begin, counts = monotonic(), [Count() for _ in KINDS]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        waiting = [
            pool.submit(run_cases, number, seeds)
            for number, kind in enumerate(KINDS)
            if options.only in f"{kind.group}: {kind.name}"
            for seeds in chunks(kind, -(-kind.n_whole // options.part))
        ]
        for n_done, future in enumerate(as_completed(waiting), 1):
            number, outcomes = future.result()
            for outcome in outcomes:
                counts[number].add(outcome)
            print(f"{n_done} of {len(waiting)}, {monotonic() - begin:.0f} s", file=sys.stderr)
    pairs = [(kind, count) for kind, count in zip(KINDS, counts, strict=True) if count.codes]
    page = _PAGE.format(
        n_cases=sum(sum(count.codes.values()) for _, count in pairs),
        by="by `make drill`"
        if options.part == 1
        else f"a part of `make drill`, 1 in {options.part}",
        n_cores=os.cpu_count(),
        minutes=(monotonic() - begin) / 60,
        seconds=SECONDS,
        mebibytes=MEBIBYTES,
        rows="\n".join(row(*pair) for pair in pairs),
    )
    if options.page is None:
        print(page)
    else:
        options.page.write_text(page)
    sys.exit(any(count.faults for count in counts))


if __name__ == "__main__":
    main()
