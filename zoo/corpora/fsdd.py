"""Free Spoken Digit Dataset, version 1.0.10: 3,000 digits of six speakers, 8 kHz.

The archive is packed by GitHub from a tag. GitHub does not promise that it stays the same
byte for byte, and the authors publish no digest; size and sha256 are what one public audit of
the archive found. What decides is the file list, which follows from the authors' rule of
names: fifty recordings of ten digits by six speakers.
"""

from zoo.downloads import Archive, RemoteCorpus

_SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")

CORPUS = RemoteCorpus(
    name="fsdd",
    title="Free Spoken Digit Dataset v1.0.10",
    homepage="https://github.com/Jakobovski/free-spoken-digit-dataset",
    licence="CC BY-SA 4.0",
    citation="Z. Jackson and others, Free Spoken Digit Dataset v1.0.10, "
    "doi:10.5281/zenodo.1342401, 2020",
    archive=Archive(
        url="https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/v1.0.10.zip",
        n_bytes=16_419_872,
        digest="sha256:c680098f5d2355ba7cc4bd8b0ca9e0a24c00ebe3b4c552208889a4d28d4fbc2b",
        published="not by the authors; found by one public audit of the archive",
        is_fixed=False,
        most_bytes=60_000_000,
        root="free-spoken-digit-dataset-1.0.10",
    ),
    layout="fsdd",
    n_clips=3_000,
    n_classes=10,
    files=tuple(
        f"recordings/{digit}_{speaker}_{index}.wav"
        for digit in range(10)
        for speaker in _SPEAKERS
        for index in range(50)
    ),
)
