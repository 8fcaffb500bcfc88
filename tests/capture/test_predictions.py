"""Scores alone are those the network gives clip by clip."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cnnviz.capture import predict
from cnnviz.errors import ParameterError
from cnnviz.provenance import Provenance
from tests.capture.recordings import forward, tiny_model, write_clips


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory):
    return write_clips(tmp_path_factory.mktemp("clips"), 11)


@pytest.mark.parametrize("batch_size", [1, 4, None])
def test_scores_are_those_of_every_clip_alone(clips, batch_size):
    found = predict(tiny_model(), clips, batch_size=batch_size)

    np.testing.assert_allclose(found.logits, forward(tiny_model(), clips)["scores"], atol=1e-6)
    assert (found.n_clips, found.clips.names) == (11, clips.names)
    assert (found.clips.labels == clips.labels).all()


def test_the_record_says_what_ran_on_what(clips):
    model = tiny_model()

    made = predict(model, clips, provenance=Provenance(created="2026-01-01T00:00:00Z")).provenance

    assert (made.created, made.model_digest) == ("2026-01-01T00:00:00Z", model.digest)
    assert (made.clips_digest, made.device) == (clips.digest, "cpu")


def test_the_network_is_as_it_was_also_after_a_failure(clips):
    model = tiny_model()
    model.network.train()
    broken = replace(clips, paths=(*clips.paths[:5], clips.folder / "gone.wav", *clips.paths[6:]))

    with pytest.raises(Exception, match=r"gone\.wav"):
        predict(model, broken, batch_size=2)

    assert model.network.training
    assert torch.is_grad_enabled()


def test_no_clips_are_refused(clips):
    with pytest.raises(ParameterError, match="no clips to run"):
        predict(tiny_model(), clips.take([]))


def test_clips_without_a_common_length_are_refused(clips):
    with pytest.raises(ParameterError, match="n_samples=None"):
        predict(tiny_model(), replace(clips, n_samples=None))
