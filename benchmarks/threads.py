"""Every stage of a report with one thread and with two; prints a Markdown table.

    python benchmarks/threads.py [docs/benchmarks/threads.md] [--rounds 5] [--threads 1 2]

The bundled network explains the bundled words. Each round runs every number of threads in a
fresh process, one after the other and in turn the other way round, so that other work on the
machine meets all of them. Given are medians of seconds over the rounds, and the median over the
rounds of the ratio to the first number of threads: above 1 means slower.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter


def stages(n_threads: int, folder: Path) -> dict[str, float]:
    """Seconds of each stage, in this process."""
    import zoo
    from cnnviz import capture, datasets, workflow
    from cnnviz.loaders import load_model
    from cnnviz.model import use_threads
    from cnnviz.run import Run, name_of

    use_threads(n_threads)
    model = load_model(f"zoo:{zoo.REFERENCE}")
    clips = datasets.read_clips(zoo.clips_folder()).screened()
    model, clips = workflow.match_clips(model, clips)
    found = {}
    start = perf_counter()
    with capture.record(model, clips, out=folder) as recorded:
        found["capture"] = perf_counter() - start
        run = Run(folder, model=workflow.with_class_names(model, recorded), capture=recorded)
        for analyzer in workflow.report_analyzers(run):
            start = perf_counter()
            workflow.analyze(run, [analyzer])
            found[name_of(analyzer)] = perf_counter() - start
    return found


def measured(n_threads: int) -> dict[str, float]:
    """Seconds of each stage, in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, __file__, "--stages", str(n_threads), folder]
        environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
        done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "all": sum(found.values())}


def table(rounds: list[dict[int, dict[str, float]]]) -> str:
    """Medians of every stage, and the ratio of the others to the first number of threads."""
    first, *others = sorted(rounds[0])
    titles = [f"{n} threads" for n in (first, *others)] + [f"{n} / {first}" for n in others]
    lines = [f"| stage | {' | '.join(titles)} |", f"|---|{'--:|' * len(titles)}"]
    for stage in rounds[0][first]:
        seconds = [f"{median(r[n][stage] for r in rounds):.2f} s" for n in (first, *others)]
        ratios = [f"{median(r[n][stage] / r[first][stage] for r in rounds):.2f}" for n in others]
        lines.append(f"| {stage.replace('_', ' ')} | {' | '.join([*seconds, *ratios])} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--stages", nargs=2, metavar=("N", "FOLDER"))
    options = parser.parse_args()
    if options.stages:
        print(json.dumps(stages(int(options.stages[0]), Path(options.stages[1]))))
        return
    rounds = []
    for i in range(options.rounds):
        order = options.threads[:: -1 if i % 2 else 1]
        rounds.append({n: measured(n) for n in order})
    head = (
        "Seconds of each stage of a report on the bundled words, and the ratio between numbers "
        f"of threads; medians of {options.rounds} rounds, {os.cpu_count()} cores, "
        f"{platform.processor() or platform.machine()}."
    )
    text = f"# Threads\n\n{head}\n\n{table(rounds)}\n"
    print(text)
    if options.out:
        options.out.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
