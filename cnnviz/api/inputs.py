"""Models and clips in Python, from any reference the command line understands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.audio import Clips
    from cnnviz.model import AudioModel


def load_model(  # noqa: PLR0913 (one parameter per option of every command)
    reference: str,
    *,
    weights: str | None = None,
    sample_rate: int | None = None,
    n_samples: int | None = None,
    layout: str | None = None,
    frontend: Mapping[str, object] | None = None,
    class_names: Sequence[str] | None = None,
    role: str | None = None,
    trust_code: bool = False,
) -> AudioModel:
    """Load a model from any reference the command line understands.

    Parameters
    ----------
    reference
        ``"zoo:NAME"``, a checkpoint or state-dict file, ``"package.module:factory"`` or
        ``"file.py:factory"``, a ``.pt2`` program or a TorchScript archive.
    weights
        State dict for a factory.
    sample_rate
        Hz; needed when the file does not say.
    n_samples
        Audio samples per clip; None: as the file says, else any length.
    layout
        Axes of a waveform network's input: ``"bct"``, ``"bt"``, ``"btc"``; None: found by trying.
    frontend
        Waveform to network input, as in ``MODEL.json``.
    class_names
        In output order; None: as the file says.
    role
        What the output is for: ``"classes"``, ``"tags"``, ``"frames"``, ``"regression"``,
        ``"embedding"`` or ``"waveform"``; None: recognised where it can be.
    trust_code
        Open full pickles and run TorchScript: code of the file's author, with the user's rights.

    Raises
    ------
    ModelLoadError
        If the reference leads nowhere; the text says what to do.
    ParameterError
        If the input contract is incomplete; the text names what is missing.

    Examples
    --------
    >>> import cnnviz
    >>> model = cnnviz.load_model("zoo:sinc_net")
    >>> model.sample_rate, len(model.class_names)
    (16000, 12)
    """
    from cnnviz import loaders

    return loaders.load_model(
        reference,
        weights=weights,
        sample_rate=sample_rate,
        n_samples=n_samples,
        layout=layout,
        frontend=frontend,
        class_names=None if class_names is None else tuple(class_names),
        role=role,
        trust_code=trust_code,
    )


def read_clips(
    folder: str | Path,
    *,
    layout: str | None = None,
    sample_rate: int | None = None,
    n_samples: int | None = None,
    split_by_speaker: bool = False,
) -> Clips:
    """Read a folder of sounds; nothing is decoded yet.

    Parameters
    ----------
    folder
        A corpus in one of the known layouts, a CSV manifest, or a single sound file.
    layout
        Name of a file in ``cnnviz/datasets``; None: recognised.
    sample_rate, n_samples
        Rate in Hz and length the clips are delivered at; None: as they are.
    split_by_speaker
        Split a corpus that names speakers but no split by a hash of their names.

    Raises
    ------
    AudioError
        If there is nothing to read, or more than a tenth of it is damaged.

    Examples
    --------
    >>> import cnnviz, zoo
    >>> clips = cnnviz.read_clips(zoo.clips_folder())
    >>> len(clips), clips.class_names[:4]
    (60, ('_silence_', '_unknown_', 'down', 'go'))
    """
    from cnnviz import datasets

    return datasets.read_clips(
        Path(folder),
        layout=layout,
        sample_rate=sample_rate,
        n_samples=n_samples,
        split_by_speaker=split_by_speaker,
    )
