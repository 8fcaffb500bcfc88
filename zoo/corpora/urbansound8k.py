"""UrbanSound8K: 8,732 slices of ten urban sounds in ten folds.

The md5 is that of the Zenodo record 1203745; soundata states the same
(``soundata/datasets/urbansound8k.py``).
"""

from zoo.downloads import Archive, FileCount, RemoteCorpus

_FOLDS = (873, 888, 925, 990, 936, 823, 838, 806, 816, 837)

CORPUS = RemoteCorpus(
    name="urbansound8k",
    title="UrbanSound8K",
    homepage="https://urbansounddataset.weebly.com/urbansound8k.html",
    licence="CC BY-NC 3.0 (Zenodo: 4.0), not for commercial use",
    citation="J. Salamon, C. Jacoby and J. P. Bello, A Dataset and Taxonomy for Urban Sound "
    "Research, ACM Multimedia 2014",
    archive=Archive(
        url="https://zenodo.org/records/1203745/files/UrbanSound8K.tar.gz",
        n_bytes=6_023_741_708,
        digest="md5:9aa69802bbf37fb986f71ec1483a196e",
        published="Zenodo record 1203745; soundata, soundata/datasets/urbansound8k.py",
        most_bytes=9_000_000_000,
        root="UrbanSound8K",
    ),
    layout="urbansound8k",
    n_clips=8_732,
    n_classes=10,
    counts=(
        FileCount(pattern="metadata/UrbanSound8K.csv", n_files=1),
        *(
            FileCount(pattern=f"audio/fold{i}/*.wav", n_files=n_files)
            for i, n_files in enumerate(_FOLDS, start=1)
        ),
    ),
)
