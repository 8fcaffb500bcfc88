"""Explanations against captum's own calls and against plain loops, in one run.

Prints a Markdown table; with a path, writes it there:

    python benchmarks/attribution.py [docs/benchmarks/attribution.md]

Answers are compared before any time is printed. Each line runs in a process of its own, whose
largest memory above that of the loaded model is given. Integrated gradients are those of M5 on
speech-like noise and of the bundled network on the bundled words. The doubling loop takes n, 2 n,
4 n gradients of captum's Gauss-Legendre rule until the sum is within 0.5 % of f(x) - f(0), and
counts them all.
"""

import json
import platform
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
from attribution_models import N_CLIPS, RATE, bundled, by_captum, explained, m5, targets_of

TOLERANCE, N_STEPS = 0.005, 50
INTERNAL_BATCHES = (1, 4, 16, N_STEPS)
WINDOW, HOP = 512, 128
MEBIBYTE = 1 << 20


def peak() -> float:
    """Largest memory of this process so far in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(work: Callable[[], object]) -> tuple[object, float, float]:
    """What work gives, its seconds, and how far memory rose in MiB."""
    before, begin = peak(), perf_counter()
    found = work()
    return found, perf_counter() - begin, max(peak() - before, 0.0)


def path_of_captum(size: str) -> dict[str, float]:
    """Fifty steps of M5 on two seconds, in parts of one size."""
    model, waveforms = m5(2.0)
    by_captum(model, waveforms[:, :RATE], 8, int(size))  # imports what it needs
    found, seconds, memory = timed(lambda: by_captum(model, waveforms, N_STEPS, int(size)))
    return {"seconds": seconds, "memory": memory, "sum": float(np.sum(found))}


def path_of_ours() -> dict[str, float]:
    """The same by the product, with as many gradients at first and no more than it needs."""
    model, waveforms = m5(2.0)
    explained(model, waveforms[:, :RATE], n_steps=8, n_max=8)
    found, seconds, memory = timed(lambda: explained(model, waveforms, n_steps=32))
    (clip,), (error,) = found.clips, found.completeness_errors
    return {
        "seconds": seconds,
        "memory": memory,
        "sum": float(clip.values.sum()),
        "gradients": clip.n_steps,
        "error": float(error),
    }


def gradients_needed() -> dict[str, float]:
    """Gradients to half a per cent: ours, and those of the doubling loop."""
    model, waveforms = bundled()
    found = explained(model, waveforms, tolerance=TOLERANCE, map_tolerance=1e9, n_steps=16)
    gains = found.scores - found.baseline_scores
    taken = []
    for clip, gain in enumerate(gains):
        total, n = 0, 16
        while True:
            total += n
            values = by_captum(model, waveforms[[clip]], n, 16)
            if abs(values.sum() - gain) <= TOLERANCE * abs(gain) or n >= 1024:
                break
            n *= 2
        taken.append(total)
    assert found.completeness_errors.max() <= TOLERANCE, found.completeness_errors
    return {"ours": float(np.sum(found.n_steps)), "loop": float(np.sum(taken))}


def plane() -> dict[str, float]:
    """Relevance of a second over the plane: milliseconds, and bytes against dense matrices."""
    import tracemalloc

    from cnnviz.dsp.stft import joint_relevance

    generator = np.random.default_rng(0)
    rows = generator.normal(size=(2, 1, RATE)).astype(np.float32)
    found = joint_relevance(rows[0], rows[1], window=WINDOW, hop=HOP)
    assert np.isclose(found.sum(), (rows[0] * rows[1]).sum(dtype=np.float64), rtol=1e-6)
    times = []
    for _ in range(9):
        begin = perf_counter()
        joint_relevance(rows[0], rows[1], window=WINDOW, hop=HOP)
        times.append(perf_counter() - begin)
    tracemalloc.start()
    joint_relevance(rows[0], rows[1], window=WINDOW, hop=HOP)
    used = tracemalloc.get_traced_memory()[1]
    n_cells = found.size
    return {"seconds": float(np.median(times)), "bytes": used, "dense": 16.0 * n_cells * RATE}


def long_clip() -> dict[str, float]:
    """A minute through M5 with fifty steps: memory above the model."""
    model, waveforms = m5(60.0)
    explained(model, waveforms[:, :RATE], n_steps=8, n_max=8)  # imports what it needs
    _, seconds, memory = timed(
        lambda: explained(model, waveforms, n_steps=32, n_max=N_STEPS, map_tolerance=1.0)
    )
    return {"seconds": seconds, "memory": memory}


def occlusion() -> dict[str, float]:
    """Silence of 100 ms at 100 places of ten seconds: captum's whole passes, and ours."""
    import torch
    from captum.attr import Occlusion

    from cnnviz.attribution.differentiable_scores import differentiable_scores
    from cnnviz.attribution.local_changes import scored_locally

    model, waveforms = m5(10.0)
    (target,), length = targets_of(model, waveforms), RATE // 10

    def silenced():
        for start in range(0, waveforms.shape[1], length):
            sound = waveforms[0].astype(np.float64)
            sound[start : start + length] = 0
            yield sound

    def theirs():
        return Occlusion(model.scores).attribute(
            torch.tensor(waveforms),
            sliding_window_shapes=(length,),
            strides=length,
            target=int(target),
            perturbations_per_eval=4,
        )

    with differentiable_scores(model, waveforms, np.array([target])) as scores:
        values, ours, _ = timed(lambda: scored_locally(scores, 0, silenced()))
        falls = float(scores.clip_scores[0]) - values
        with torch.no_grad():
            found, whole, _ = timed(theirs)
    expected = found.detach().numpy()[0, ::length]
    # falls of 1e-5 of scores of 1e-1 in single precision
    np.testing.assert_allclose(falls, expected, atol=5e-4 * np.abs(expected).max())
    return {"ours": ours, "captum": whole}


def every_class() -> dict[str, float]:
    """Saliency of every class of 16 clips: a loop over captum's call, and one pass per clip."""
    import torch
    from captum import attr

    from cnnviz.attribution.differentiable_scores import differentiable_scores

    model, _ = m5(1.0)
    generator = np.random.default_rng(0)
    waveforms = (0.1 * generator.normal(size=(2 * N_CLIPS, RATE))).astype(np.float32)
    targets = targets_of(model, waveforms)
    n_classes = 10

    with differentiable_scores(model, waveforms, targets) as scores:
        classes = [np.full(len(waveforms), index) for index in range(n_classes)]
        asked = scores.each(classes, [None] * n_classes)
        saliency = attr.Saliency(scores.score)
        points = scores.clips.clone().requires_grad_()

        def theirs():  # the faster of its two ways: all clips of a class in one pass
            return torch.stack(
                [saliency.attribute(points, target=index, abs=False) for index in range(n_classes)]
            )

        def ours():
            rows = []
            for clip in range(len(waveforms)):
                rows.append(torch.cat([one.gradient_at(clip) for one in asked]))
                asked[0].forget()
            return torch.stack(rows, dim=1)

        expected, found = theirs(), ours()
        np.testing.assert_allclose(found, expected, atol=1e-4 * float(expected.abs().max()))
        rounds = [(timed(theirs)[1], timed(ours)[1]) for _ in range(3)]
    return {"captum": min(one for one, _ in rounds), "ours": min(two for _, two in rounds)}


CASES = {
    "classes": every_class,
    "occlusion": occlusion,
    "captum": path_of_captum,
    "ours": path_of_ours,
    "gradients": gradients_needed,
    "plane": plane,
    "long": long_clip,
}


def run(*words: str) -> dict[str, float]:
    """One case in a process of its own."""
    command = [sys.executable, __file__, "--case", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    print(*words, done.stdout.strip(), file=sys.stderr, flush=True)
    return json.loads(done.stdout.splitlines()[-1])


def page() -> str:
    """The table."""
    captum = {size: run("captum", str(size)) for size in INTERNAL_BATCHES}
    best = min(captum, key=lambda size: captum[size]["seconds"])
    theirs, ours = captum[best], run("ours")
    apart = abs(ours["sum"] - theirs["sum"]) / abs(theirs["sum"])
    if apart > 0.05:
        raise SystemExit(f"sums differ by {100 * apart:.1f} %: nothing to time")
    needed, tf, minute = run("gradients"), run("plane"), run("long")
    parts, classes = run("occlusion"), run("classes")
    lines = [
        "# Attribution",
        "",
        "| task | other | cnnviz | ratio |",
        "|---|---|---|---|",
        f"| integrated gradients, M5, 2 s, against captum with {N_STEPS} steps, "
        f"`internal_batch_size={best}`: time | {theirs['seconds']:.2f} s | "
        f"{ours['seconds']:.2f} s ({ours['gradients']:.0f} gradients, sum within "
        f"{100 * ours['error']:.2f} %) | {theirs['seconds'] / ours['seconds']:.2f} x |",
        f"| the same: memory above the model | {theirs['memory']:,.0f} MiB | "
        f"{ours['memory']:,.0f} MiB | {theirs['memory'] / max(ours['memory'], 1):.2f} x |",
        f"| gradients until the sum is within {100 * TOLERANCE:g} %, bundled network, "
        f"{N_CLIPS} words: doubling loop | {needed['loop']:,.0f} | {needed['ours']:,.0f} | "
        f"{needed['ours'] / needed['loop']:.2f} of them |",
        f"| occlusion, M5, 10 s, 100 windows of 100 ms | {parts['captum']:.2f} s | "
        f"{parts['ours']:.2f} s | {parts['captum'] / parts['ours']:.1f} x |",
        f"| saliency of all 10 classes, M5, 16 clips of 1 s, against a loop over captum's | "
        f"{classes['captum']:.2f} s | {classes['ours']:.2f} s | "
        f"{classes['captum'] / classes['ours']:.2f} x |",
        f"| relevance of 1 s over the plane: time | | {1000 * tf['seconds']:.1f} ms | |",
        f"| the same: memory, against dense matrices | {tf['dense'] / MEBIBYTE:,.0f} MiB | "
        f"{tf['bytes'] / MEBIBYTE:,.1f} MiB | {tf['dense'] / tf['bytes']:,.0f} x |",
        f"| integrated gradients, M5, 60 s, at most {N_STEPS} gradients: memory above the model "
        f"| | {minute['memory']:,.0f} MiB ({minute['seconds']:.0f} s) | |",
        "",
        f"Python {platform.python_version()}, {platform.machine()}; sums of both agree within "
        f"{100 * apart:.2f} %.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--case"]:
        print(json.dumps(CASES[sys.argv[2]](*sys.argv[3:])))
    else:
        text = page()
        print(text)
        if len(sys.argv) > 1:
            Path(sys.argv[1]).write_text(text, "utf-8")
