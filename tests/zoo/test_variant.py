"""Names of networks are read and written by one grammar."""

import pytest

from zoo.variant import Variant, parse, variants

NAMES = {
    "custom_ch32-8-do0.25-bn": Variant(
        family="custom", channels=32, n_convolutions=8, dropout=0.25, batch_norm=True
    ),
    "baseline_fc2-5": Variant(family="baseline", n_hidden=2, n_convolutions=5),
    "only_conv_k25-5-bn": Variant(family="only_conv", kernel=25, n_convolutions=5, batch_norm=True),
    "wide_k25_ch128-6-do0.5": Variant(
        family="wide", kernel=25, channels=128, n_convolutions=6, dropout=0.5
    ),
    "custom_k9_ch48-6-do0.3": Variant(
        family="custom", kernel=9, channels=48, n_convolutions=6, dropout=0.3
    ),
}


@pytest.mark.parametrize(("name", "variant"), NAMES.items(), ids=NAMES)
def test_name_says_every_part(name: str, variant: Variant) -> None:
    assert parse(name) == variant
    assert variant.name == name


@pytest.mark.parametrize(
    "name",
    [
        *("custom", "custom_ch32", "custom_ch32-", "custom_ch32-8-bn-do0.5", "custom_ch32-08"),
        *("custom_ch32-8-do0.50", "custom_ch32-8-do1.5", "custom_ch32_k5-8", "Custom_ch32-8"),
    ],
)
def test_other_spellings_are_no_names(name: str) -> None:
    assert parse(name) is None


def test_series_are_listed_with_and_without_dropout_and_batch_norm() -> None:
    names = variants(["custom_ch32"], [7, 8])

    assert len(names) == 2 * 4 * 2
    assert all(parse(name) is not None for name in names)
