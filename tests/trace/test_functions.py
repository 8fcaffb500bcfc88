"""Windows that are called as functions, and side branches, are followed."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnviz.model import ModelSpec, assemble
from cnnviz.trace import trace


class _Branches(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Conv1d(1, 4, 9, stride=2, padding=4)
        self.narrow = nn.Conv1d(1, 4, 1, stride=2)
        self.linear = nn.Linear(4, 2)

    def forward(self, inputs: Tensor) -> Tensor:
        left, right = self.wide(inputs).split(2, dim=1)
        wide = torch.cat([left, right], dim=1) + self.narrow(inputs)
        pooled = F.max_pool1d(wide, kernel_size=3, stride=2)
        return self.linear(F.avg_pool1d(pooled, 2).mean(dim=2))


def test_windows_called_as_functions_and_side_branches_are_followed() -> None:
    spec = ModelSpec(sample_rate=8000, n_samples=400)

    found = trace(assemble(_Branches(), spec, name="branches", reference="branches"))

    # 9, then 3 windows of jump 2, then 2 of jump 4
    assert found.call(":avg_pool1d").time_field.size == 9 + 2 * 2 + 4
    assert found.call("linear").output_shape == (2,)
