"""What is said of relevance that does not add up."""

import numpy as np
import pytest

from cnnviz.attribution.findings import completeness_findings, stretch_findings
from cnnviz.results import Silencing


def test_each_clip_above_the_tolerance_is_named_with_its_numbers():
    errors = np.array([0.005, 0.2, 0.004])

    (found,) = completeness_findings("a_method", np.array([3, 7, 9]), errors, tolerance=0.005)

    assert found.id == "completeness:7"
    assert found.sentence == "Not converged: completeness error 20 %."
    assert found.severity == "problem"
    assert [(one.name, one.value) for one in found.evidence] == [("completeness error", 0.2)]
    assert found.threshold == 0.005
    assert found.fragment == "attribution=7:a_method"


@pytest.mark.parametrize(
    ("error", "percent"),
    [(0.00512, "0.51"), (0.0504, "5"), (0.0996, "10"), (1.523, "152"), (15.234, "1,523")],
)
def test_an_error_is_said_in_two_digits_and_whole_percent(error, percent):
    (found,) = completeness_findings("m", np.array([0]), np.array([error]), tolerance=0.001)

    assert found.sentence == f"Not converged: completeness error {percent} %."


def test_an_error_that_is_no_number_does_not_pass():
    assert completeness_findings("m", np.array([0]), np.array([np.nan]), tolerance=1.0)


@pytest.mark.parametrize(
    ("control", "fall", "most"),
    [(0.9, "1.01", "0.9"), (1.0061, "1.014", "1.006"), (1.01361, "1.0137", "1.0136")],
    ids=["far", "near", "nearer"],
)
def test_a_fall_and_its_largest_control_are_told_apart_in_digits(control, fall, most):
    silencing = Silencing(
        n_stretches=np.array([2]),
        drops=np.array([1.01372]),
        loudest_drops=np.array([0.5]),
        uniform_drops=np.array([0.25]),
        random_drops=np.array([[0.75, control]]),
    )

    (found,) = stretch_findings("m", np.array([0]), silencing)

    assert f"lowers the score by {fall}: more than" in found.sentence
    assert f"random draws elsewhere (at most {most})" in found.sentence
