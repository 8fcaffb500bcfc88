"""Rates of a training: which parameters share a rate and a decay, and how rates move."""

from math import cos, pi

from torch import nn

from cnnviz.errors import ParameterError

from ..recipe import Recipe

_RISE = 0.3  # share of the steps in which the one-cycle rate rises
_START, _END = 1 / 25, 1 / 250_000  # of the peak


def parameter_groups(network: nn.Module, recipe: Recipe) -> list[dict[str, object]]:
    """Group parameters for an optimizer, each group with its peak rate and its decay.

    Kernels and matrices decay, biases and batch norm do not.

    Raises
    ------
    ParameterError
        If the recipe names a layer that the network does not have.
    """
    own = {settings.layer: settings for settings in recipe.layers}
    layers = [name for name, layer in network.named_modules() if list(layer.parameters(False))]
    if unknown := [name for name in own if name not in layers]:
        raise ParameterError(
            f"layers={unknown[0]!r}; allowed: {', '.join(layers)}; name a layer of the network"
        )
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        settings = own.get(name.rpartition(".")[0], recipe)
        decay = settings.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((settings.learning_rate, decay), []).append(parameter)
    return [
        {"params": parameters, "lr": rate, "weight_decay": decay}
        for (rate, decay), parameters in groups.items()
    ]


def share_of_peak(step: int, *, recipe: Recipe, steps_per_epoch: int) -> float:
    """Rate of a step as a share of its peak, in [0, 1].

    Parameters
    ----------
    step
        Counted from 0.
    recipe
        Whose schedule and epochs count.
    steps_per_epoch
        Steps of an epoch.
    """
    n_steps = recipe.epochs * steps_per_epoch
    if recipe.schedule == "one_cycle":
        return _one_cycle(step, n_steps)
    return _warmup_and_cosine(step, n_steps, recipe.warmup_epochs * steps_per_epoch)


def _one_cycle(step: int, n_steps: int) -> float:
    """L. N. Smith and N. Topin, "Super-Convergence", 2018, with cosines for both ways."""
    top, last = _RISE * n_steps - 1, n_steps - 1
    if step <= top:
        return _between(_START, 1.0, step / top)
    return _between(1.0, _END, min(1.0, (step - top) / (last - top)))


def _between(first: float, last: float, way: float) -> float:
    """Half a cosine from one value to another."""
    return last + (first - last) * 0.5 * (1 + cos(pi * way))


def _warmup_and_cosine(step: int, n_steps: int, n_warmup: float) -> float:
    n_warmup = min(n_warmup, n_steps / 2)
    if step < n_warmup:
        return (step + 1) / (n_warmup + 1)
    return 0.5 * (1 + cos(pi * (step - n_warmup) / (n_steps - n_warmup)))
