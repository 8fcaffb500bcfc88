"""Models around networks written in a test."""

from torch import nn

from cnnviz.model import AudioModel, ModelSpec, assemble

RATE = 16_000
LOG_MEL = {"kind": "log_mel", "n_fft": 400, "hop_length": 160, "n_mels": 40}
QUICK = {"null_draws": 50}


def model_of(network: nn.Module, **contract: object) -> AudioModel:
    spec = ModelSpec.from_dict({"sample_rate": RATE, "n_samples": RATE} | contract, source="test")
    return assemble(network, spec, name="tiny", reference="test")
