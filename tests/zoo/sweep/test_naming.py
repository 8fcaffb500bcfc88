"""Names are composed of parts; a part that a name does not say must be what the network has."""

import pytest

from cnnviz.errors import ParameterError
from zoo.sweep.naming import Parts, compose


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (Parts(family="custom", depth=8, width=32, batch_norm=True), "custom_ch32-8-bn"),
        (Parts(family="custom", depth=8, width=32, kernel=5), "custom_ch32-8"),
        (Parts(family="custom", depth=8, width=32, kernel=9, fc=0), "custom_k9_ch32-8"),
        (Parts(family="baseline", depth=5, fc=2, dropout=0.5), "baseline_fc2-5-do0.5"),
        (Parts(family="baseline", depth=5, fc=2, kernel=25, width=8), "baseline_fc2-5"),
        (Parts(family="only_conv", depth=3, kernel=25, width=8), "only_conv_k25-3"),
        (Parts(family="vgg_style", depth=4, kernel=3, width=64), "vgg_style_ch64-4"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_name_says_what_does_not_go_without_saying(parts: Parts, name: str) -> None:
    assert compose(parts) == name


@pytest.mark.parametrize(
    "parts",
    [
        Parts(family="custom", depth=8),
        Parts(family="custom", depth=8, width=32, fc=1),
        Parts(family="vgg_style", depth=5, width=64),
        Parts(family="m5", depth=4),
    ],
    ids=["no width", "no such layers", "odd depth", "no grammar"],
)
def test_parts_no_network_has_are_refused(parts: Parts) -> None:
    with pytest.raises(ParameterError, match=rf"family='{parts.family}' has no network of depth="):
        compose(parts)
