"""What each part of a run costs on disk.

Prints a Markdown table; with a second path, writes it there:

    cnnviz report --out runs/demo
    python benchmarks/run_size.py runs/demo [docs/benchmarks/run_size.md]
"""

import sys
from collections import Counter
from pathlib import Path

import h5py

from cnnviz.store import open_capture


def shard_bytes(run: Path) -> Counter[str]:
    """Bytes of the arrays in the shards by their group."""
    found: Counter[str] = Counter()
    for path in sorted((run / "capture").glob("*.h5")):
        with h5py.File(path) as file:

            def visit(name: str, node: object) -> None:
                if isinstance(node, h5py.Dataset):
                    found[name.partition("/")[0]] += node.id.get_storage_size()

            file.visititems(visit)
    return found


def folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def table(run: Path) -> str:
    sizes = shard_bytes(run)
    rows = [
        ("capture: full maps", sizes["maps"]),
        ("capture: waveforms", sizes["audio"]),
        ("capture: statistics of all clips, scores", sizes["pooled"] + sizes["scores"]),
        ("capture.h5: axes, filters, exemplars, tables", (run / "capture.h5").stat().st_size),
        *(
            (f"results: {path.stem.partition('-')[0]}", path.stat().st_size)
            for path in sorted((run / "results").glob("*.h5"))
        ),
        ("report", folder_bytes(run / "report")),
        ("all", folder_bytes(run)),
    ]
    with open_capture(run) as capture:
        n_clips, n_maps = len(capture.clips), len(capture.map_index)
        seconds = capture.n_samples / capture.sample_rate
        layers = ", ".join(capture.map_layers)
    return "\n".join(
        [
            "# Size of a run",
            "",
            f"A run of {n_clips} clips of {seconds:g} s; full maps of {n_maps} clips in {layers}:",
            f"{sizes['maps'] / max(n_maps, 1) / 1e6:.2f} MB for each clip more.",
            "",
            "| part | MB |",
            "|---|--:|",
            *(f"| {name} | {size / 1e6:.2f} |" for name, size in rows),
            "",
        ]
    )


def main() -> None:
    run, *out = map(Path, sys.argv[1:])
    text = table(run)
    print(text)
    for path in out:
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
