"""Clips live on the device when they fit."""

import pytest
import torch

from zoo.training.data_placement import free_bytes, place, rows

CPU = torch.device("cpu")
META = torch.device("meta")  # another device that every machine has


def test_clips_that_fit_move_to_the_device() -> None:
    clips = torch.zeros(10, 100, dtype=torch.int16)  # 2,000 bytes

    (moved,) = place([clips], META, free=4_000)

    assert moved.device == META


def test_clips_that_take_more_than_half_of_the_free_memory_stay() -> None:
    clips = torch.zeros(10, 100, dtype=torch.int16)

    (stayed,) = place([clips], META, free=3_999)

    assert stayed is clips


def test_a_processor_has_no_limit() -> None:
    assert free_bytes(CPU) is None


def test_rows_are_taken_by_their_index() -> None:
    clips = torch.arange(6).reshape(3, 2)

    assert rows(clips, torch.tensor([2, 0]), CPU).tolist() == [[4, 5], [0, 1]]
    assert rows(clips, slice(1, 2), CPU).tolist() == [[2, 3]]


@pytest.mark.gpu
def test_rows_in_host_memory_reach_the_gpu() -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    device = torch.device("cuda", 0)
    clips = torch.arange(6, dtype=torch.int16).reshape(3, 2)

    found = rows(clips, torch.tensor([2, 0], device=device), device)

    assert found.device == device
    assert found.tolist() == [[4, 5], [0, 1]]
