"""Methods applied to arrays, as their analyzers apply them to runs; the bare logit is explained."""

import numpy as np

from cnnviz.attribution.attribute import attribute
from cnnviz.attribution.methods.input_x_gradient import InputXGradient
from cnnviz.attribution.methods.integrated_gradients import IntegratedGradients

_OF_ATTRIBUTE = ("budget_bytes", "progress")


def input_x_gradient(model, waveforms, targets, **options):
    return _attribute(InputXGradient, model, waveforms, targets, options)


def integrated_gradients(model, waveforms, targets, **options):
    return _attribute(IntegratedGradients, model, waveforms, targets, options)


def coefficients(found):
    """c of methods with one baseline, (clip, samples)."""
    return np.stack([clip.coefficients[0] for clip in found.clips])


def _attribute(kind, model, waveforms, targets, options):
    own = {name: value for name, value in options.items() if name not in _OF_ATTRIBUTE}
    rest = {name: value for name, value in options.items() if name in _OF_ATTRIBUTE}
    return attribute(kind(score="logit", **own), model, waveforms, targets, **rest)
