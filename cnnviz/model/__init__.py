"""AudioModel: frontend, network, sample rate, class names and digest in one value."""

from cnnviz.model.audio_model import AudioModel, WeightsOnly, assemble
from cnnviz.model.checkpoint import (
    CHECKPOINT_FORMAT,
    digest_tensors,
    read_checkpoint,
    write_checkpoint,
)
from cnnviz.model.device import describe_device, find_device, on_device, use_threads
from cnnviz.model.finite import check_finite
from cnnviz.model.reading import OutputReading
from cnnviz.model.scores import as_scores
from cnnviz.model.spec import LAYOUTS, OUTPUTS, ModelSpec

__all__ = [
    "CHECKPOINT_FORMAT",
    "LAYOUTS",
    "OUTPUTS",
    "AudioModel",
    "ModelSpec",
    "OutputReading",
    "WeightsOnly",
    "as_scores",
    "assemble",
    "check_finite",
    "describe_device",
    "digest_tensors",
    "find_device",
    "on_device",
    "read_checkpoint",
    "use_threads",
    "write_checkpoint",
]
