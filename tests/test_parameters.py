"""One annotation of a parameter gives its check, its option and its text."""

from dataclasses import dataclass
from typing import Annotated, Literal

import pytest

from cnnviz.errors import ParameterError
from cnnviz.parameters import Parameter, Range, check_parameters, parameters_of


@dataclass(frozen=True, kw_only=True)
class Everything:
    """All kinds of parameters.

    Parameters
    ----------
    names
        Any number of texts.
    n, m
        Two whole numbers,
        on two lines.
    share
        Between the two.
    mode
        One of two.
    layer
        A text, or None: none.
    seconds
        A number above 0, or None: no limit.
    is_fast
        Yes or no.

    References
    ----------
    n
        no parameter
    """

    names: tuple[str, ...] = ()
    n: Annotated[int, Range(1)] = 3
    m: Annotated[int, Range(1, 5)] = 3
    share: Annotated[float, Range(above=0, most=1)] = 0.5
    mode: Literal["one", "two"] = "one"
    layer: str | None = None
    seconds: Annotated[float, Range(above=0)] | None = None
    is_fast: bool = False

    def __post_init__(self) -> None:
        check_parameters(self)


def test_fields_are_described_with_kind_range_choices_and_text():
    found = {parameter.name: parameter for parameter in parameters_of(Everything)}

    assert found["names"] == Parameter(
        name="names", meaning="Any number of texts.", kind=str, default=(), is_many=True
    )
    assert found["n"].meaning == found["m"].meaning == "Two whole numbers, on two lines."
    assert found["share"].range == Range(above=0, most=1)
    assert found["mode"].choices == ("one", "two")
    assert (found["layer"].kind, found["layer"].default) == (str, None)
    assert (found["seconds"].kind, found["seconds"].range) == (float, Range(above=0))
    assert found["is_fast"].kind is bool


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"n": 0}, "n=0; allowed: 1 or more"),
        ({"m": 6}, "m=6; allowed: 1 to 5"),
        ({"share": 0.0}, "share=0.0; allowed: above 0 to 1"),
        ({"share": 1.5}, "share=1.5; allowed: above 0 to 1"),
        ({"share": float("nan")}, "share=nan; allowed: above 0 to 1"),
        ({"seconds": 0.0}, "seconds=0.0; allowed: above 0"),
        ({"mode": "three"}, "mode='three'; allowed: one, two"),
    ],
    ids=str,
)
def test_values_outside_are_refused_with_what_is_allowed(given, text):
    with pytest.raises(ParameterError, match=text):
        Everything(**given)


@pytest.mark.parametrize("given", [{"m": 5}, {"share": 1.0}, {"layer": None}, {"mode": "two"}])
def test_values_at_the_limits_are_allowed(given):
    assert getattr(Everything(**given), next(iter(given))) == next(iter(given.values()))


def test_a_type_without_an_option_is_a_mistake_of_the_programmer():
    @dataclass(frozen=True)
    class Odd:
        """Odd."""

        table: dict[str, int] | None = None

    with pytest.raises(TypeError, match=r"Odd\.table has the type"):
        parameters_of(Odd)
