"""Small archives in the layout of a corpus, and the entry that leads to them.

The entry is that of the corpus: where it lies, how large it is and how much is in it are
replaced, through its public fields.
"""

import gzip
import hashlib
import io
import tarfile
import zipfile
from dataclasses import replace

import numpy as np
import soundfile

from zoo.downloads import FileCount

RATE = 8_000


def wav(seed=0, *, seconds=0.1):
    """A short noise, which no archive can shrink."""
    noise = np.random.default_rng(seed).uniform(-0.5, 0.5, round(seconds * RATE))
    file = io.BytesIO()
    soundfile.write(file, noise, RATE, format="WAV")
    return file.getvalue()


def tar_gz(files, *, extra=()):
    """A .tar.gz of {name: content}, and further (TarInfo, content) pairs."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info, content in extra:
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def zipped(files, *, extra=()):
    """A .zip of {name: content}, and further (ZipInfo, content) pairs."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # no clock
        for info, content in extra:
            archive.writestr(info, content)
    return out.getvalue()


def gzipped(content):
    return gzip.compress(content, mtime=0)


def offer(served, corpus, content, *, counts=(), files=(), n_clips=10, n_classes=2, **archive):
    """Serve an archive under its real file name; the entry of the corpus leads to it."""
    kind = (corpus.archive.digest or "sha256:").partition(":")[0]
    digest = f"{kind}:{hashlib.new(kind, content).hexdigest()}" if corpus.archive.digest else None
    served.files[corpus.archive.file_name] = content
    small = {
        "url": served.url(corpus.archive.file_name),
        "n_bytes": None if corpus.archive.n_bytes is None else len(content),
        "digest": digest,
        "most_bytes": 1_000_000,
    }
    return replace(
        corpus,
        archive=replace(corpus.archive, **(small | archive)),
        counts=tuple(FileCount(pattern=p, n_files=n) for p, n in dict(counts).items()),
        files=tuple(files),
        n_clips=n_clips,
        n_classes=n_classes,
    )
