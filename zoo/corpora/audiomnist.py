"""AudioMNIST: 30,000 spoken digits of sixty speakers, 48 kHz.

The archive is packed by GitHub from a fixed commit. Neither its size nor a digest was
published anywhere we know of. What decides is the file list, which follows from the authors'
rule of names: fifty recordings of ten digits by sixty speakers.
"""

from zoo.downloads import Archive, RemoteCorpus

_COMMIT = "544b0f4bc65227e54332e665d5e02c24be6732c2"

CORPUS = RemoteCorpus(
    name="audiomnist",
    title="AudioMNIST",
    homepage="https://github.com/soerenab/AudioMNIST",
    licence="MIT",
    citation="S. Becker and others, AudioMNIST: Exploring Explainable Artificial Intelligence "
    "for Audio Analysis on a Simple Benchmark, Journal of the Franklin Institute 361, 2024",
    archive=Archive(
        url=f"https://github.com/soerenab/AudioMNIST/archive/{_COMMIT}.zip",
        published="nowhere; the commit and the file list are known",
        is_fixed=False,
        most_bytes=4_000_000_000,
        root=f"AudioMNIST-{_COMMIT}",
    ),
    layout="audiomnist",
    n_clips=30_000,
    n_classes=10,
    files=tuple(
        f"data/{speaker:02}/{digit}_{speaker:02}_{index}.wav"
        for speaker in range(1, 61)
        for digit in range(10)
        for index in range(50)
    ),
)
