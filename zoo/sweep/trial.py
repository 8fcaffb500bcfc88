"""Trials: one network, one recipe, one corpus; the same three are the same trial."""

import hashlib
import json
from dataclasses import dataclass

from ..recipe import Recipe

_DIGITS = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """One training of a sweep.

    Parameters
    ----------
    name
        Architecture.
    recipe
        How to train it.
    data_digest
        SHA-256 that names the clips, as the corpus gives it.
    n_parameters
        Weights and biases; not part of what makes trials the same.
    """

    name: str
    recipe: Recipe
    data_digest: str
    n_parameters: int

    @property
    def config(self) -> str:
        """Everything the result depends on, as canonical JSON."""
        return canonical(
            {
                "data_digest": self.data_digest,
                "name": self.name,
                "recipe": self.recipe.to_dict(),
            }
        )

    @property
    def trial_id(self) -> str:
        """First 12 hexadecimal digits of the SHA-256 over `config`."""
        return hashlib.sha256(self.config.encode()).hexdigest()[:_DIGITS]


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces: equal values, equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def to_json(trial: Trial) -> str:
    """Write a trial as JSON text."""
    values = {"config": json.loads(trial.config), "n_parameters": trial.n_parameters}
    return json.dumps(values, indent=1, sort_keys=True) + "\n"


def from_json(text: str) -> Trial:
    """Read what `to_json` wrote."""
    values = json.loads(text)
    config = values["config"]
    return Trial(
        name=config["name"],
        recipe=Recipe.from_dict(config["recipe"], source="trial.json"),
        data_digest=config["data_digest"],
        n_parameters=values["n_parameters"],
    )
