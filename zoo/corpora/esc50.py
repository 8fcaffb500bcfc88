"""ESC-50: 2,000 environmental sounds of fifty classes, five seconds each, 44.1 kHz, five folds.

The archive is packed by GitHub from a fixed commit. GitHub does not promise that it stays the
same byte for byte, and the author publishes no digest; size and sha256 are what several
public projects found for this commit. What decides is the file list: 400 clips in each fold,
and each clip of the author's table.
"""

from zoo.downloads import Archive, FileCount, RemoteCorpus

_COMMIT = "33c8ce9eb2cf0b1c2f8bcf322eb349b6be34dbb6"

CORPUS = RemoteCorpus(
    name="esc50",
    title="ESC-50",
    homepage="https://github.com/karolpiczak/ESC-50",
    licence="CC BY-NC 3.0, not for commercial use (the ESC-10 subset: CC BY 3.0)",
    citation="K. J. Piczak, ESC: Dataset for Environmental Sound Classification, "
    "ACM Multimedia 2015",
    archive=Archive(
        url=f"https://github.com/karolpiczak/ESC-50/archive/{_COMMIT}.zip",
        n_bytes=645_832_161,
        digest="sha256:661183a6f53ef04f12c9bd618fed0ddc1713280d6c94a5a5431e844ba6f6a21f",
        published="not by the author; found by several public projects for this commit",
        is_fixed=False,
        most_bytes=1_000_000_000,
        root=f"ESC-50-{_COMMIT}",
    ),
    layout="esc50",
    n_clips=2_000,
    n_classes=50,
    counts=(
        FileCount(pattern="meta/esc50.csv", n_files=1),
        FileCount(pattern="audio/*.wav", n_files=2_000),
        *(FileCount(pattern=f"audio/{fold}-*.wav", n_files=400) for fold in range(1, 6)),
    ),
)
