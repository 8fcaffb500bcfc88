"""Networks, sounds and calls that the benchmarks of attribution share."""

import numpy as np

N_CLIPS, RATE = 8, 16_000


def bundled():
    """The bundled network, and bundled words that it answers, each class once."""
    import zoo
    from cnnviz.api.inputs import read_clips

    model = zoo.load(zoo.REFERENCE)
    clips = read_clips(zoo.clips_folder()).at(
        sample_rate=model.sample_rate, n_samples=model.n_samples or RATE
    )
    picked = np.linspace(0, len(clips) - 1, N_CLIPS).astype(int)
    return model, np.stack([clips.waveform(int(one)) for one in picked])


def m5(seconds: float, n_channels: str = "m5"):
    """M5 with weights as drawn, 128 channels first, and a clip of modulated noise."""
    import torch

    from cnnviz.model import ModelSpec, assemble
    from zoo.catalogue import family_of

    torch.manual_seed(0)
    n = round(seconds * RATE)
    network = family_of(n_channels).build(n_channels, 10).eval()
    model = assemble(network, ModelSpec(sample_rate=RATE, n_samples=n), name="m5", reference="m5")
    generator = np.random.default_rng(0)
    slow = 1 + np.sin(2 * np.pi * 4 * np.arange(n) / RATE)
    return model, (0.1 * slow * generator.normal(size=(1, n))).astype(np.float32)


def explained(model, waveforms: np.ndarray, **parameters: object):
    """Integrated gradients as the product computes them."""
    from cnnviz.attribution.attribute import attribute
    from cnnviz.attribution.methods.integrated_gradients import IntegratedGradients

    method = IntegratedGradients(score="logit", **parameters)  # type: ignore[arg-type]
    return attribute(method, model, waveforms, targets_of(model, waveforms))


def targets_of(model, waveforms: np.ndarray) -> np.ndarray:
    """The class with the largest score of each clip."""
    import torch

    model.network.eval()
    with torch.no_grad():
        rows = [model.scores(torch.tensor(one[None])) for one in waveforms]
    return torch.cat(rows).argmax(1).numpy()


def by_captum(model, waveforms: np.ndarray, n_steps: int, size: int | None = None):
    """Captum's integrated gradients of each clip, (clip, samples).

    It gets the clips as the product does, normalised already: where a network normalises each
    clip itself, the path from silence is flat but for a jump at its start.
    """
    import torch
    from captum.attr import IntegratedGradients

    from cnnviz.attribution.differentiable_scores import differentiable_scores

    targets = targets_of(model, waveforms)
    with differentiable_scores(model, waveforms, targets) as scores:
        method = IntegratedGradients(scores.score)
        rows = [
            method.attribute(
                scores.clips[[clip]],
                target=int(target),
                n_steps=n_steps,
                internal_batch_size=size,
            )
            for clip, target in enumerate(targets)
        ]
    return torch.cat(rows).detach().numpy()
