"""A page of a wide first layer stays light enough to open and to send."""

import numpy as np
from synthetic import bank, responses

from cnnviz.run import Run
from reports.bundle import one_file
from reports.rendering import compose

MOST_BYTES = 4_500_000
"""What conv2 and its 128 planes add to such a page makes 6 MB."""


def test_a_thousand_filters_of_512_taps_make_a_page_of_few_megabytes():
    rng = np.random.default_rng(0)
    taps = rng.normal(size=(1024, 512)) * np.hanning(512)
    run = Run(results=(responses(bank(taps)),))

    page = one_file(compose(run, title="wide", audio="none", clips=0), data_folder="data/")

    assert len(page.html) < MOST_BYTES
