"""A trial is its network, recipe and data, and nothing else."""

import hashlib
import json
from dataclasses import replace

from zoo.recipe import LayerSettings, Recipe
from zoo.sweep.trial import Trial, from_json, to_json

OWN = LayerSettings(layer="conv1", learning_rate=0.01, weight_decay=0.3)
TRIAL = Trial(name="m5", recipe=Recipe(layers=(OWN,)), data_digest="ab", n_parameters=3)


def test_identifier_is_the_digest_of_the_canonical_config() -> None:
    config = {"name": "m5", "data_digest": "ab", "recipe": TRIAL.recipe.to_dict()}
    text = json.dumps(config, sort_keys=True, separators=(",", ":"))

    assert TRIAL.trial_id == hashlib.sha256(text.encode()).hexdigest()[:12]


def test_what_the_result_depends_on_changes_the_identifier() -> None:
    others = (
        replace(TRIAL, name="m5_ch32"),
        replace(TRIAL, data_digest="cd"),
        replace(TRIAL, recipe=replace(TRIAL.recipe, seed=1)),
    )

    assert len({trial.trial_id for trial in (TRIAL, *others)}) == 4
    assert replace(TRIAL, n_parameters=4).trial_id == TRIAL.trial_id


def test_a_trial_comes_back_from_json() -> None:
    assert from_json(to_json(TRIAL)) == TRIAL
