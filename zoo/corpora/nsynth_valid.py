"""NSynth, validation part: 12,678 notes of ten instrument families, four seconds, 16 kHz.

The md5 is the ETag of the host; HEAR states the same (``hearpreprocess/nsynth_pitch.py``),
the size is what downloaders found. Parts that lie in one folder are read together.
No ``synth_lead``: that family is in the training part alone.
"""

from zoo.downloads import Archive, FileCount, RemoteCorpus

CORPUS = RemoteCorpus(
    name="nsynth_valid",
    title="NSynth, validation part",
    homepage="https://magenta.tensorflow.org/datasets/nsynth",
    licence="CC BY 4.0",
    citation="J. Engel and others, Neural Audio Synthesis of Musical Notes with WaveNet "
    "Autoencoders, ICML 2017",
    archive=Archive(
        url="https://storage.googleapis.com/download.magenta.tensorflow.org/datasets/nsynth/nsynth-valid.jsonwav.tar.gz",
        n_bytes=1_068_767_009,
        digest="md5:87e94a00a19b6dbc99cf6d4c0c0cae87",
        published="HEAR 2021, hear-preprocess, hearpreprocess/nsynth_pitch.py",
        most_bytes=1_700_000_000,
        root="nsynth-valid",
    ),
    layout="nsynth",
    n_clips=12_678,
    n_classes=10,
    counts=(
        FileCount(pattern="audio/*.wav", n_files=12_678),
        FileCount(pattern="examples.json", n_files=1),
    ),
)
