"""NSynth, test part: 4,096 notes of ten instrument families, four seconds, 16 kHz.

The md5 is the ETag of the host; HEAR states the same (``hearpreprocess/nsynth_pitch.py``),
the size is what downloaders found. Parts that lie in one folder are read together.
No ``synth_lead``: that family is in the training part alone.
"""

from zoo.downloads import Archive, FileCount, RemoteCorpus

CORPUS = RemoteCorpus(
    name="nsynth_test",
    title="NSynth, test part",
    homepage="https://magenta.tensorflow.org/datasets/nsynth",
    licence="CC BY 4.0",
    citation="J. Engel and others, Neural Audio Synthesis of Musical Notes with WaveNet "
    "Autoencoders, ICML 2017",
    archive=Archive(
        url="https://storage.googleapis.com/download.magenta.tensorflow.org/datasets/nsynth/nsynth-test.jsonwav.tar.gz",
        n_bytes=349_501_546,
        digest="md5:5e6f8719bf7e16ad0a00d518b78af77d",
        published="HEAR 2021, hear-preprocess, hearpreprocess/nsynth_pitch.py",
        most_bytes=560_000_000,
        root="nsynth-test",
    ),
    layout="nsynth",
    n_clips=4_096,
    n_classes=10,
    counts=(
        FileCount(pattern="audio/*.wav", n_files=4_096),
        FileCount(pattern="examples.json", n_files=1),
    ),
)
