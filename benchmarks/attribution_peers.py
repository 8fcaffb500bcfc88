"""Planted evidence and faithfulness by other packages, beside cnnviz, in one run.

Prints a Markdown page; with a path, writes it there:

    pip install quantus onnx tqdm
    pip install --no-deps freqig cross-domain-saliency-maps  # what they pin excludes this torch
    python benchmarks/attribution_peers.py [docs/benchmarks/attribution_peers.md]

Planted: the clips and networks of `benchmarks/planted.py`; all explain the logit of the burst's
class against silence. What a package lays over time alone or frequency alone is asked for the
burst's time or band alone. Faithfulness: integrated gradients of the bundled words, ranked and
taken out by both, quantus' samples ten milliseconds at a time, ours as cells of a plane. What
quantus finds for one clip is computed once more by a plain loop, or no time is printed.
"""

import contextlib
import io
import platform
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from torch import nn

from cnnviz.attribution.attribute import attribute
from cnnviz.attribution.differentiable_scores import differentiable_scores
from cnnviz.attribution.methods.integrated_gradients import IntegratedGradients
from cnnviz.attribution.planes import laid_on_plane
from cnnviz.attribution.planted.networks import planted_model, reach_hz
from cnnviz.attribution.planted.sounds import N_SAMPLES, RATE, TARGETS_HZ, planted_clips
from cnnviz.dsp.stft import display_frames, relevance_grid

KINDS, N_CLIPS, N_STEPS = ("relu_max", "relu_mean", "log_energy", "log_mel"), 4, 50
FEATURES_IN_STEP = 160  # audio samples, 10 ms
WINDOW, HOP = display_frames(RATE)
Plane = tuple[np.ndarray, np.ndarray | None, np.ndarray | None]  # values, times, frequencies


class Scores(nn.Module):
    """Scores of waveforms (clip, samples) or (clip, 1, samples), for callers that want a module."""

    def __init__(self, score: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.score = score

    def forward(self, waveforms: torch.Tensor) -> torch.Tensor:
        return self.score(waveforms.reshape(len(waveforms), -1))


def ours(model, waveform: np.ndarray, target: int) -> Plane:
    """Integrated gradients on the plane."""
    found = attribute(IntegratedGradients(score="logit"), model, waveform[None], np.array([target]))
    grid = relevance_grid(N_SAMPLES, window=WINDOW, hop=HOP, sample_rate=RATE)
    return laid_on_plane(found.clips[0], waveform, RATE), grid.times, grid.frequencies


def captum(model, waveform: np.ndarray, target: int) -> Plane:
    """Integrated gradients of the waveform."""
    from captum.attr import IntegratedGradients as OfCaptum

    values = OfCaptum(model.scores).attribute(
        torch.tensor(waveform[None]), target=target, n_steps=N_STEPS, internal_batch_size=4
    )
    return values.detach().numpy(), np.arange(N_SAMPLES) / RATE, None


def freqig(model, waveform: np.ndarray, target: int) -> Plane:
    """Integrated gradients of the magnitudes of one Fourier transform of the whole clip."""
    from scripts import freqIG

    values = freqIG.attribute(waveform, Scores(model.scores), target=target, n_steps=N_STEPS)
    return values[:, None], None, np.fft.rfftfreq(N_SAMPLES, 1 / RATE)


def cross_domain(model, waveform: np.ndarray, target: int) -> Plane:
    """Integrated gradients of the bins of an STFT with a window of ones."""
    from cross_domain_saliency_maps.torch_ig.cross_domain_integrated_gradients import STFTIG

    method = STFTIG(Scores(model.scores), N_STEPS, target, torch.device("cpu"), WINDOW, HOP, WINDOW)
    sound = waveform[None, None]
    values = method.run(sound, 0 * sound).detach().numpy()[0, 0]
    times = np.arange(values.shape[1]) * HOP / RATE
    return values, times, np.fft.rfftfreq(WINDOW, 1 / RATE)


PEERS = {
    "cnnviz, integrated gradients": ("cnnviz", ours),
    "captum, integrated gradients": ("captum", captum),
    "freqig": ("freqig", freqig),
    "cross-domain-saliency-maps, STFT": ("cross-domain-saliency-maps", cross_domain),
}


def share(plane: Plane, start: int, hertz: float, reach: float) -> list[float]:
    """Positive relevance in the burst's box, in its time, in its band; NaN where none is laid."""
    values, times, frequencies = plane
    everywhere = np.ones(values.shape, dtype=bool)
    first, last = (start - WINDOW / 2) / RATE, (start + 640 + WINDOW / 2) / RATE
    in_time = None if times is None else (times >= first) & (times <= last)
    in_band = None if frequencies is None else np.abs(frequencies - hertz) <= reach

    def of(where: np.ndarray, positive: np.ndarray) -> float:
        return float(positive[where].sum() / max(positive.sum(), 1e-30))

    over_time = None if in_time is None else np.maximum(values.sum(0), 0)
    over_band = None if in_band is None else np.maximum(values.sum(1), 0)
    both = in_time is not None and in_band is not None
    return [
        of(everywhere & in_band[:, None] & in_time, np.maximum(values, 0)) if both else np.nan,
        np.nan if over_time is None else of(in_time, over_time),
        np.nan if over_band is None else of(in_band, over_band),
    ]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without what packages print and warn."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


def planted() -> list[str]:
    """A row per network and package."""
    rows = [
        "| network | package | R+ in box | in its time | in its band | sum error | s a clip |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind in KINDS:
        model = planted_model(kind)
        clips = planted_clips(N_CLIPS, labels=np.arange(N_CLIPS) % len(TARGETS_HZ), seed=0)
        for name, (package, explain) in PEERS.items():
            with quiet():
                rows.append(row_of(model, (kind, name, package), explain, clips))
            print(rows[-1], file=sys.stderr, flush=True)
    return rows


def row_of(model, names: tuple[str, str, str], explain, clips) -> str:
    """Means over clips; or why there are none."""
    kind, name, package = names
    found, errors, seconds = [], [], []
    for waveform, label, start in zip(clips.waveforms, clips.labels, clips.starts, strict=True):
        target = int(label)
        with torch.no_grad():
            sounds = torch.tensor(np.stack([waveform, 0 * waveform]))
            gain = float(np.subtract(*model.scores(sounds)[:, target].tolist()))
        begin = perf_counter()
        try:
            plane = explain(model, waveform, target)
        except ImportError:
            return f"| {kind} | {name} | {package} is not installed | | | | |"
        except Exception as error:
            return f"| {kind} | {name} | {type(error).__name__}: {str(error)[:80]} | | | | |"
        seconds.append(perf_counter() - begin)
        reach = reach_hz(kind, target)
        found.append(share(plane, start, TARGETS_HZ[target], reach))
        errors.append(abs(plane[0].sum() - gain) / abs(gain))
    cells = [*np.mean(found, axis=0), np.median(errors)]
    told = " | ".join("" if np.isnan(one) else f"{one:.3f}" for one in cells)
    return f"| {kind} | {name} | {told} | {np.mean(seconds):.2f} |"


def faithfulness() -> list[str]:
    """Seconds of 100 clips by both, and whether both put maps before random ones."""
    import quantus

    import zoo
    from cnnviz.api.inputs import read_clips
    from cnnviz.attribution.checks.curves import FRACTIONS, curves_of_map
    from cnnviz.attribution.checks.taken_out import N_DRAWS, take_out
    from cnnviz.attribution.metrics.deletion import measure

    model = zoo.load(zoo.REFERENCE)
    clips = read_clips(zoo.clips_folder()).at(sample_rate=RATE, n_samples=RATE)
    waveforms = np.stack([clips.waveform(k) for k in range(len(clips))])
    with torch.no_grad():
        targets = model.scores(torch.tensor(waveforms)).argmax(1).numpy()
    found = attribute(IntegratedGradients(score="logit"), model, waveforms, targets)
    generator = np.random.default_rng(0)
    values = np.stack([one.values for one in found.clips])
    with differentiable_scores(model, waveforms, targets) as scores:
        sounds = scores.clips.numpy()
        # its "black" is the smallest value of a clip, far from silence
        flipping = quantus.PixelFlipping(
            features_in_step=FEATURES_IN_STEP, perturb_baseline=0.0, disable_warnings=True,
            normalise=False,
        )  # fmt: skip

        def theirs(maps: np.ndarray) -> np.ndarray:
            with quiet():
                curves = np.array(
                    flipping(
                        Scores(scores.score).eval(), sounds[:, None].copy(), targets, maps[:, None],
                        softmax=False, channel_first=True, device="cpu", batch_size=16,
                    )
                )  # fmt: skip
            return curves.mean(1)  # its own area calls numpy.trapz, which numpy has no more

        def ours_of(planes: list[np.ndarray]) -> np.ndarray:
            return np.array(
                [
                    measure(
                        curves_of_map(
                            scores, clip, plane, take_out(scores, clip, np.random.default_rng(clip))
                        )
                    )
                    for clip, plane in enumerate(planes)
                ]
            )

        planes = [laid_on_plane(*pair, RATE) for pair in zip(found.clips, sounds, strict=True)]
        drawn = [generator.normal(size=planes[0].shape) for _ in planes]
        begin = perf_counter()
        quantus_map = theirs(values)
        middle = perf_counter()
        our_map = ours_of(planes)
        end = perf_counter()
        before = [np.mean(quantus_map < theirs(generator.normal(size=values.shape)))]
        before.append(np.mean(our_map < ours_of(drawn)))
        plain = flipped(scores.score, sounds[0], int(targets[0]), values[0])
        np.testing.assert_allclose(quantus_map[0], plain, rtol=1e-3)
    of_100 = [100 * seconds / len(clips) for seconds in (middle - begin, end - middle)]
    n_steps = -(-RATE // FEATURES_IN_STEP)
    return [
        "| 100 clips | seconds | sounds scored per clip | map before random |",
        "|---|---|---|---|",
        f"| quantus, PixelFlipping of {FEATURES_IN_STEP} audio samples a step | {of_100[0]:.1f} | "
        f"{n_steps + 1} | {100 * before[0]:.0f} % |",
        f"| cnnviz, deletion and insertion of cells, and random patches | {of_100[1]:.1f} | "
        f"{2 * len(FRACTIONS) + N_DRAWS} | {100 * before[1]:.0f} % |",
    ]


def flipped(score, waveform: np.ndarray, target: int, ranking: np.ndarray) -> float:
    """Mean score of a clip while its samples become 0, the highest ranked first."""
    order, sound, values = np.argsort(-ranking), waveform.copy(), []
    for start in range(0, len(order), FEATURES_IN_STEP):
        sound[order[start : start + FEATURES_IN_STEP]] = 0
        with torch.no_grad():
            values.append(float(score(torch.tensor(sound[None]))[0, target]))
    return float(np.mean(values))


def page() -> str:
    """Both tables."""
    names = ("captum", "quantus", "freqig", "cross-domain-saliency-maps")
    there = []
    for name in names:
        with contextlib.suppress(metadata.PackageNotFoundError):
            there.append(f"{name} {metadata.version(name)}")
    return "\n".join(
        [
            "# Attribution beside other packages",
            "",
            f"{', '.join(there)}; torch {torch.__version__}, {platform.machine()}.",
            "",
            "## Planted evidence",
            "",
            f"Means over {N_CLIPS} clips of a quiet burst among four that are 10 dB louder, "
            f"{N_STEPS} steps where the steps are given; the logit of the burst's class.",
            "A share stands where a package lays relevance over that axis. Sum error: the "
            "relative distance of the sum from f(x) - f(silence).",
            "",
            *planted(),
            "",
            "## Faithfulness",
            "",
            *faithfulness(),
            "",
        ]
    )


if __name__ == "__main__":
    text = page()
    print(text)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, "utf-8")
