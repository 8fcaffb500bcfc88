"""NSynth, training part: 289,205 notes of eleven instrument families, four seconds, 16 kHz.

The md5 is the ETag of the host; HEAR states the same (``hearpreprocess/nsynth_pitch.py``),
the size is what downloaders found. Parts that lie in one folder are read together.
"""

from zoo.downloads import Archive, FileCount, RemoteCorpus

CORPUS = RemoteCorpus(
    name="nsynth_train",
    title="NSynth, training part",
    homepage="https://magenta.tensorflow.org/datasets/nsynth",
    licence="CC BY 4.0",
    citation="J. Engel and others, Neural Audio Synthesis of Musical Notes with WaveNet "
    "Autoencoders, ICML 2017",
    archive=Archive(
        url="https://storage.googleapis.com/download.magenta.tensorflow.org/datasets/nsynth/nsynth-train.jsonwav.tar.gz",
        n_bytes=23_815_298_079,
        digest="md5:fde6665a93865503ba598b9fac388660",
        published="HEAR 2021, hear-preprocess, hearpreprocess/nsynth_pitch.py",
        most_bytes=38_500_000_000,
        root="nsynth-train",
    ),
    layout="nsynth",
    n_clips=289_205,
    n_classes=11,
    counts=(
        FileCount(pattern="audio/*.wav", n_files=289_205),
        FileCount(pattern="examples.json", n_files=1),
    ),
)
