"""The analyzer of filters: its parameters, and what it says of itself."""

import numpy as np
import pytest
from torch import nn

from cnnviz.analyzers.filter_responses import FrequencyResponses
from cnnviz.errors import ParameterError
from cnnviz.run import Run
from tests.filterbanks.models import QUICK, model_of


@pytest.mark.parametrize(
    ("field", "value"), [("n_fft", 1000), ("n_fft", 32), ("null_draws", 3)], ids=str
)
def test_parameters_out_of_range_name_the_allowed(field: str, value: int) -> None:
    with pytest.raises(ParameterError, match=f"{field}={value}; allowed"):
        FrequencyResponses(**{field: value})


def test_the_same_seed_gives_the_same_bytes_and_names_the_model() -> None:
    model = model_of(nn.Conv1d(1, 8, 16))

    first, second = (FrequencyResponses(seed=3, **QUICK).run(Run(model=model)) for _ in range(2))

    np.testing.assert_array_equal(first.banks[0].table.tuning_z, second.banks[0].table.tuning_z)
    assert first.provenance == second.provenance
    assert (first.provenance.model_digest, first.provenance.seed) == (model.digest, 3)
