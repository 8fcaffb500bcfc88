"""UrbanSound8K, from the archive to clips; the host is a small server here."""

from cnnviz.datasets import read_clips
from zoo.downloads import fetch, load

from .packing import offer, tar_gz, wav

HEAD = "slice_file_name,fsID,start,end,salience,fold,classID,class_name\n"


def test_it_is_fetched_and_read_by_its_table(served, tmp_path):
    rows = [(f"{fold}-{label}-0-0.wav", fold, label) for fold in (1, 2, 10) for label in (0, 3)]
    table = HEAD + "".join(
        f"{name},1,0.0,0.1,1,{fold},{label},{'dog_bark' if label else 'air_conditioner'}\n"
        for name, fold, label in rows
    )
    files = {
        "UrbanSound8K/metadata/UrbanSound8K.csv": table.encode(),
        "UrbanSound8K/audio/fold1/.DS_Store": b"?",
    }
    files |= {f"UrbanSound8K/audio/fold{f}/{name}": wav(f + c) for name, f, c in rows}
    counts = {"metadata/UrbanSound8K.csv": 1, "audio/fold1/*.wav": 2, "audio/fold10/*.wav": 2}
    corpus = offer(served, load("urbansound8k"), tar_gz(files), counts=counts)

    clips = read_clips(fetch(corpus, tmp_path / "urban").folder)

    assert clips.layout == "urbansound8k"
    assert clips.class_names == ("air_conditioner", "dog_bark")
    assert sorted(set(clips.splits)) == ["fold1", "fold10", "fold2"]


def test_the_folds_hold_all_slices():
    counts = {count.pattern: count.n_files for count in load("urbansound8k").counts}

    assert sum(n for pattern, n in counts.items() if pattern.endswith(".wav")) == 8_732
    assert counts["audio/fold10/*.wav"] == 837
