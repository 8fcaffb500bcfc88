"""Damaged files of every kind that people are sent."""

import json
import shutil
from pathlib import Path

from tests.drill import specimens
from tests.drill.judging import Outcome, judge
from tests.drill.kinds import Case, Kind
from tests.drill.mutations import ANY, ARCHIVE, TEXT, mutate

_ARCHIVES = {"state dict", "checkpoint", "pickled module", "TorchScript", "torch.export"}


def damaged_model(kind: str) -> Case:
    """A model whose file is damaged: listed, and every tenth drawn."""
    suffix, _ = specimens.MODELS[kind]
    ways = ARCHIVE if kind in _ARCHIVES else ANY

    def case(seed: int, folder: Path) -> Outcome:
        path = folder / f"model{suffix}"
        path.write_bytes(mutate(specimens.model(kind), seed, ways))
        words = ["filters", "--out", "out"] if seed % 10 == 0 else ["layers"]
        return judge(f"{kind} {seed}", [*words, str(path), *specimens.OPTIONS], folder)

    return case


def damaged_contract(seed: int, folder: Path) -> Outcome:
    """A model.json that is damaged."""
    path = specimens.network(folder)
    contract = json.dumps(specimens.CONTRACT, indent=2).encode()
    path.with_suffix(".json").write_bytes(mutate(contract, seed, TEXT))
    return judge(f"contract {seed}", ["layers", str(path)], folder)


def damaged_frontend(seed: int, folder: Path) -> Outcome:
    """A description of a log-mel frontend that is damaged, in a file."""
    frontend = {"kind": "log_mel", "n_fft": 256, "hop_length": 80, "n_mels": 32, "fmin": 20.0}
    path = folder / "frontend.json"
    path.write_bytes(mutate(json.dumps(frontend).encode(), seed, TEXT))
    model = folder / "model.pt"
    model.write_bytes(specimens.model("state dict"))
    words = ["layers", str(model), *specimens.OPTIONS, "--frontend", str(path)]
    return judge(f"frontend {seed}", words, folder)


def damaged_classes(seed: int, folder: Path) -> Outcome:
    """A list of class names that is damaged."""
    path, model = folder / "classes.txt", specimens.network(folder)
    path.write_bytes(mutate("\n".join(specimens.CLASSES).encode(), seed, TEXT))
    return judge(f"classes {seed}", ["layers", str(model), "--classes", str(path)], folder)


def damaged_manifest(seed: int, folder: Path) -> Outcome:
    """A table of clips that is damaged."""
    clips = sorted(specimens.clips(folder).rglob("*.wav"))
    rows = [f"clips/{path.parent.name}/{path.name},{path.parent.name},0.0,0.05" for path in clips]
    table = "\n".join(["path,label,start,stop", *rows]).encode()
    (folder / "clips.csv").write_bytes(mutate(table, seed, TEXT))
    words = ["capture", str(specimens.network(folder)), "clips.csv", "--out", "out"]
    return judge(f"manifest {seed}", words, folder)


def damaged_sound(suffix: str) -> Case:
    """One sound of twelve that is damaged, or the only one."""

    def case(seed: int, folder: Path) -> Outcome:
        clips = specimens.clips(folder, n_clips=11 if seed % 2 else 0)
        clips.mkdir(exist_ok=True)  # no clips at all
        (clips / f"damaged.{suffix}").write_bytes(mutate(specimens.sound(suffix), seed))
        words = ["capture", str(specimens.network(folder)), str(clips), "--out", "out"]
        return judge(f"{suffix} {seed}", words, folder)

    return case


def damaged_run(seed: int, folder: Path) -> Outcome:
    """A run one of whose files is damaged, and shown or analysed again."""
    shutil.copytree(specimens.run(), folder / "out", ignore=shutil.ignore_patterns("report"))
    files = sorted(path for path in (folder / "out").rglob("*") if path.is_file())
    path = files[seed % len(files)]
    path.write_bytes(mutate(path.read_bytes(), seed, TEXT if path.suffix == ".json" else ANY))
    words = ["report", "out"] if seed % 4 == 0 else ["analyze", "pca_embedding", "out"]
    return judge(f"run {seed} {path.name}", words, folder)


KINDS = (
    *(
        Kind(name=kind, group="damaged files", case=damaged_model(kind), n_short=20, n_whole=900)
        for kind in specimens.MODELS
    ),
    *(
        Kind(name=suffix, group="damaged files", case=damaged_sound(suffix), n_short=8, n_whole=450)
        for suffix in specimens.SOUNDS
    ),
    *(
        Kind(name=name, group="damaged files", case=case, n_short=10, n_whole=n_whole)
        for name, case, n_whole in (
            ("model.json", damaged_contract, 500),
            ("frontend.json", damaged_frontend, 400),
            ("class names", damaged_classes, 200),
            ("manifest", damaged_manifest, 500),
            ("run folder", damaged_run, 300),
        )
    ),
)
