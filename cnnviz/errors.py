"""The errors cnnviz raises at its border.

Every text says, in one line: what was given; what is allowed; the next step.
Lower-case start, no full stop.
"""

_MOST_SHOWN = 100  # characters


def shown(value: object) -> str:
    """A value from a file as it stands in an error, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


class CnnvizError(Exception):
    """Base of all errors a user of cnnviz can cause and can mend."""


class UnknownNameError(CnnvizError):
    """A name that no file of an open set carries."""


class LayerNotFoundError(CnnvizError):
    """A layer that the model does not have."""


class ShapeError(CnnvizError):
    """An array or a network output of a shape nothing can be made of."""


class ParameterError(CnnvizError):
    """A parameter outside its range, or one that is missing."""


class AudioError(CnnvizError):
    """A sound file or a folder of clips that cannot be used."""


class CaptureFormatError(CnnvizError):
    """A run, capture or result file that is not what it says it is."""


class DiskError(CnnvizError):
    """A disk that has no room, or that can only be read."""


class MemoryLimitError(CnnvizError):
    """The work needs more memory than it may take."""


class BusyError(CnnvizError):
    """A run in which another process is at work."""


class ModelLoadError(CnnvizError):
    """A model reference that does not lead to a usable model."""


class UnsupportedModelError(CnnvizError):
    """A request that this kind of model cannot answer, such as hooks on TorchScript."""


class DownloadError(CnnvizError):
    """A corpus that could not be fetched whole, or an archive that is not safe to unpack."""
