"""Labels meet by name."""

import numpy as np
import pytest

from cnnviz.evaluation.labels import match_labels


@pytest.mark.parametrize(
    ("clips", "model", "expected"),
    [
        pytest.param(["no", "yes"], ["yes", "no"], [1, 0, -1], id="another order"),
        pytest.param(["_silence_", "Yes"], ["yes", "silence"], [1, 0, -1], id="spelling"),
        pytest.param(["bird", "yes"], ["yes", "no"], [-1, 0, -1], id="unknown"),
        pytest.param(["up", "UP"], ["UP", "up"], [1, 0, -1], id="exact before loose"),
        pytest.param(["a-b", "x"], ["ab", "a_b"], [-1, -1, -1], id="ambiguous"),
        pytest.param(["no", "yes"], [], [-1, -1, -1], id="a model without names"),
    ],
)
def test_labels_point_into_the_models_classes(clips, model, expected):
    assert match_labels(np.array([0, 1, -1]), clips, model).tolist() == expected
