"""Of explanations that differ by their checks alone, the one with most is shown."""

import json
from dataclasses import replace

import pytest
from synthetic import attribution, bank, responses

from cnnviz.provenance import Provenance
from reports.repeats import without_repeats

FILTERS = responses(bank())


def explained(method="integrated_gradients", **parameters):
    text = json.dumps({"n_clips": 12, "proof": False, "sanity": False, **parameters})
    provenance = Provenance(analyzer=method, parameters=text)
    return replace(attribution(), method=method, provenance=provenance)


PLAIN = explained()
PROVED, TRIED = explained(proof=True), explained(sanity=True)
WHOLE = explained(proof=True, sanity=True)


@pytest.mark.parametrize(
    ("results", "shown"),
    [
        pytest.param([PLAIN], [PLAIN], id="alone"),
        pytest.param([FILTERS, PLAIN, PROVED], [FILTERS, PROVED], id="with proof"),
        pytest.param([WHOLE, PLAIN, TRIED, PROVED], [WHOLE], id="with both"),
        pytest.param([PROVED, TRIED], [PROVED, TRIED], id="one check each"),
        pytest.param(
            [PLAIN, explained(proof=True, n_clips=3)],
            [PLAIN, explained(proof=True, n_clips=3)],
            id="other clips",
        ),
        pytest.param(
            [PLAIN, explained("saliency", proof=True)],
            [PLAIN, explained("saliency", proof=True)],
            id="another method",
        ),
    ],
)
def test_explanations_with_fewer_checks_are_left_out(results, shown):
    found = without_repeats(results)

    assert [one.id for one in found] == [one.id for one in shown]
