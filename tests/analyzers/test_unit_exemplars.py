"""Exemplars are the clips and the seconds that a unit was built to answer to."""

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor, nn

from cnnviz import store
from cnnviz.analyzers.unit_exemplars import TopClips, pick
from cnnviz.audio import Clips
from cnnviz.capture import Choices, record
from cnnviz.errors import ParameterError
from cnnviz.grid import ReceptiveField
from cnnviz.model import ModelSpec, assemble
from cnnviz.run import Run
from tests.capture.recordings import forward, tiny_model, write_clips
from tests.capture.test_recording import SMALL

RATE, N_SAMPLES, N_TAPS = 8000, 4000, 200
WORDS, SPEAKERS = ("low", "high"), ("ann", "bob", "eve")
HERTZ = {"low": 400.0, "high": 2000.0}


class _Detectors(nn.Module):
    """Unit 0 answers to 400 Hz, unit 1 to 2 kHz, unit 2, turned over by its norm, to neither."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 3, N_TAPS, stride=50, bias=False)
        self.norm = nn.BatchNorm1d(3)
        self.head = nn.Linear(3, 2)
        seconds = torch.arange(N_TAPS) / RATE
        with torch.no_grad():
            for unit, hertz in enumerate((*HERTZ.values(), 400.0)):
                self.conv.weight[unit, 0] = torch.sin(2 * np.pi * hertz * seconds) / N_TAPS
            self.norm.weight[2] = -1

    def forward(self, inputs: Tensor) -> Tensor:
        return self.head(torch.relu(self.norm(self.conv(inputs))).mean(-1))


def onset_of(number: int) -> int:
    """First audio sample of the burst in a clip."""
    return 300 + 250 * (number % 10)


@pytest.fixture(scope="module")
def bursts(tmp_path_factory):
    """Clips with a tone burst of 75 ms each, five of each word by each speaker, and their run."""
    folder = tmp_path_factory.mktemp("bursts")
    labels, groups, random = [], [], np.random.default_rng(0)
    for word in WORDS:
        for speaker in SPEAKERS:
            for take in range(5):
                waveform = 1e-3 * random.standard_normal(N_SAMPLES)
                burst = np.arange(600) / RATE
                onset = onset_of(len(labels))
                level = 0.3 + 0.1 * take + 0.02 * SPEAKERS.index(speaker)
                waveform[onset : onset + 600] += level * np.sin(2 * np.pi * HERTZ[word] * burst)
                path = folder / f"{len(labels):02d}.wav"
                soundfile.write(path, waveform, RATE, subtype="FLOAT")
                labels.append(WORDS.index(word))
                groups.append(speaker)
    spec = ModelSpec(sample_rate=RATE, n_samples=N_SAMPLES, class_names=WORDS)
    model = assemble(_Detectors(), spec, name="detectors", reference="detectors")
    clips = Clips(
        folder=folder,
        paths=tuple(sorted(folder.glob("*.wav"))),
        labels=np.array(labels),
        groups=tuple(groups),
        class_names=WORDS,
        starts=np.zeros(len(labels)),
        stops=np.full(len(labels), np.nan),
        sample_rate=RATE,
        n_samples=N_SAMPLES,
    )
    with record(model, clips, out=folder / "run", choices=Choices()) as capture:
        yield TopClips(n_clips=4).run(Run(capture=capture, model=model)), capture


def test_top_clips_are_of_the_planted_class_and_of_another_speaker_each(bursts) -> None:
    result, capture = bursts
    (units,) = (one for one in result.layers if one.layer == "conv")

    for unit, word in enumerate(WORDS):
        found = units.exemplars.clip_index[unit]
        top = found[:3]
        assert [capture.clips.class_of(int(clip)) for clip in top] == [word] * 3
        assert {capture.clips.groups[clip] for clip in top} == set(SPEAKERS)
        assert found[3] == -1  # there is no fourth speaker
        assert {int(clip) % 5 for clip in top} == {4}  # the loudest take of each
        assert capture.clips.class_of(int(found[-1])) == WORDS[1 - unit]


def test_the_excerpt_is_the_receptive_field_and_lies_on_the_burst(bursts) -> None:
    result, _ = bursts
    (units,) = (one for one in result.layers if one.layer == "conv")
    clips = units.exemplars

    assert units.field_seconds == N_TAPS / RATE
    for unit in (0, 1):
        for k in range(3):
            onset = onset_of(int(clips.clip_index[unit, k])) / RATE
            assert clips.stops[unit, k] - clips.starts[unit, k] == pytest.approx(N_TAPS / RATE)
            assert onset - 0.01 < clips.starts[unit, k]
            assert clips.stops[unit, k] < onset + 600 / RATE + 0.01


def test_a_unit_that_its_norm_turns_over_has_its_excerpt_there_too(bursts) -> None:
    result, _ = bursts
    (units,) = (one for one in result.layers if one.layer == "conv")
    clip, start = (getattr(units.exemplars, name)[2, 0] for name in ("clip_index", "starts"))

    assert onset_of(int(clip)) / RATE - 0.01 < start < (onset_of(int(clip)) + 600) / RATE


def test_detectors_are_selective_for_their_word_and_the_finding_says_so(bursts) -> None:
    result, _ = bursts
    (units,) = (one for one in result.layers if one.layer == "conv")
    found = units.selectivity

    assert found.exchanged == "within groups"
    assert [result.class_of(int(k)) for k in found.best_class[:2]] == list(WORDS)
    assert found.is_selective[:2].all()
    (finding,) = (one for one in result.findings if one.id == "selective_units:conv")
    assert finding.sentence.startswith("conv: 3 of 3 units prefer one class beyond chance")
    assert finding.null == found.expected_by_chance < 0.5
    assert [one.value for one in finding.evidence[:2]] == [3, 3]


def test_numbers_per_unit_are_those_of_what_later_layers_see(tmp_path) -> None:
    model, clips = tiny_model(), write_clips(tmp_path / "clips")
    heard = forward(model, clips)["relu#1"].max(-1).astype(float)  # (clip, channel)

    with record(model, clips, out=tmp_path / "run", choices=SMALL) as capture:
        result = TopClips(n_permutations=199).run(Run(capture=capture, model=model))
        kept = capture.audio_index
    store.write(result, tmp_path / "result.h5")

    (units,) = (one for one in result.layers if one.layer == "conv2")
    order = kept[np.argsort(-heard[kept], axis=0, kind="stable")].T  # (channel, clip)
    index = units.exemplars.clip_index
    for channel in range(4):
        n_above = int((heard[kept, channel] > heard[kept, channel].min()).sum())
        assert index[channel, : min(5, n_above)].tolist() == order[channel, :5][:n_above].tolist()
        assert index[channel, -2:].tolist() == order[channel, [len(kept) // 2, -1]].tolist()
    expected = np.quantile(heard, (0, 0.5, 1), axis=0).T  # (channel, quantile)
    np.testing.assert_allclose(units.quantiles[:, [0, 3, 6]], expected, rtol=1e-5)  # float32
    assert store.read(tmp_path / "result.h5").findings == result.findings


def test_top_clips_respond_more_than_the_least_one() -> None:
    responses = np.array([[0.0, 1], [3, 1], [0, 1], [0, 1]])

    found = pick(responses, np.arange(4), (), 3)

    assert found.tolist() == [[1, -1, -1, 2, 3], [-1, -1, -1, 2, 3]]


def test_excerpts_end_where_the_clip_does() -> None:
    field = ReceptiveField(offset=-100, jump=50, size=400)

    starts, stops = field.seconds_seen(np.array([0, 4, 14]), 800, 100)

    assert starts.tolist() == [0, 1, 6]
    assert stops.tolist() == [3, 5, 8]


def test_a_capture_without_what_is_heard_names_the_next_step(bursts, monkeypatch) -> None:
    _, capture = bursts
    monkeypatch.setattr(type(capture), "heard", lambda *_: None)

    with pytest.raises(ParameterError, match="capture again with --overwrite"):
        TopClips().run(Run(capture=capture))


def test_without_times_excerpts_are_whole_clips(bursts, monkeypatch) -> None:
    _, capture = bursts
    heard = {layer: capture.heard(layer) for layer in capture.layers}
    older = {k: type(h)(lowest=h.lowest, highest=h.highest) for k, h in heard.items()}
    monkeypatch.setattr(type(capture), "heard", lambda _, layer: older[layer])

    result = TopClips(n_permutations=199).run(Run(capture=capture))

    clips = result.layers[0].exemplars
    assert set(clips.starts[0, :3]) == {0.0}
    assert set(clips.stops[0, :3]) == {N_SAMPLES / RATE}
