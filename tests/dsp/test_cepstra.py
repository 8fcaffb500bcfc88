"""Kernels over cepstral coefficients and their patterns over mel bands give one output."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.fft import idct
from torch import nn
from torch.nn import functional

from cnnviz.dsp.cepstra import mel_patterns
from cnnviz.filterbanks import Settings, read_banks
from cnnviz.frontend import FrontendSpec, build_frontend
from cnnviz.frontend.spectrogram import cepstral_basis
from cnnviz.provenance import Provenance
from cnnviz.results import Bank, FilterResponses
from reports.parts import Multiples
from reports.sections._filter_cepstra import cepstral_patterns
from tests.filterbanks.models import RATE, model_of

SPEC = FrontendSpec(
    kind="mfcc", n_fft=400, hop_length=160, n_mels=30, n_mfcc=13, lifter=22.0, log="ln",
    mean=tuple(range(13)), std=tuple(np.linspace(1, 3, 13)),
)  # fmt: skip
QUICK = Settings(least_points=64, null_draws=50, seed=0)


def levels_and_coefficients() -> tuple[np.ndarray, torch.Tensor]:
    """Log-mel levels (mel, frame) of noise, and the coefficients of the frontend, float64."""
    noise = torch.randn(1, RATE // 4, generator=torch.Generator().manual_seed(0)).double()
    plain = replace(SPEC, kind="log_mel", mean=0.0, std=1.0)
    levels, cepstra = (build_frontend(s, sample_rate=RATE).double() for s in (plain, SPEC))
    cepstra.basis = torch.tensor(cepstral_basis(SPEC))  # its buffer is rounded to float32
    cepstra.mean = cepstra.mean.new_tensor(SPEC.mean)[:, None]
    cepstra.std = cepstra.std.new_tensor(SPEC.std)[:, None]
    return levels(noise)[0, 0].numpy(), cepstra(noise)


def bank_of(conv: nn.Module, **spec: object) -> Bank:
    tail = (nn.AdaptiveAvgPool1d(1), nn.Flatten())
    layers = (nn.Flatten(1, 2), conv) if isinstance(conv, nn.Conv1d) else (conv, nn.Flatten(1, 2))
    model = model_of(nn.Sequential(*layers, *tail), frontend={**SPEC.to_dict(), **spec})
    return read_banks(model, (), QUICK)[0]


@pytest.mark.parametrize(("stride", "padding", "dilation"), [(1, 0, 1), (2, 3, 1), (1, 2, 2)])
def test_a_kernel_on_coefficients_is_its_pattern_on_log_mel_levels(
    stride: int, padding: int, dilation: int
) -> None:
    levels, coefficients = levels_and_coefficients()
    conv = nn.Conv2d(
        1, 3, (4, 5), stride=(stride, 1), padding=(padding, 0), dilation=(dilation, 1), bias=False
    ).double()
    expected = conv(coefficients)[0].detach().numpy()  # (filter, place, frame)

    bank = bank_of(conv.float())

    cepstra = bank.cepstra
    taps = conv.double().weight.detach().numpy()[:, 0]
    patterns = mel_patterns(taps, cepstra.basis, cepstra.offsets, dilation=cepstra.dilation)
    frames = torch.tensor(levels)[None]  # (1, mel, frame)
    found = torch.stack([functional.conv1d(frames, torch.tensor(p))[0] for p in patterns], dim=1)
    constant = expected - found.numpy()  # what the mean that is taken away gives
    assert found.shape == expected.shape
    np.testing.assert_allclose(constant, constant[:, :, :1] + 0 * constant, atol=1e-12)
    at_rest = torch.tensor(-np.array(SPEC.mean) / SPEC.std)[None, None, :, None].expand(1, 1, 13, 5)
    np.testing.assert_allclose(
        constant[:, :, 0], conv(at_rest)[0, :, :, 0].detach().numpy(), atol=1e-12
    )


def test_one_tap_on_one_coefficient_is_the_cosine_of_its_number() -> None:
    basis = cepstral_basis(replace(SPEC, lifter=0.0))

    patterns = mel_patterns(np.ones((1, 1)), basis, [0, 3])

    np.testing.assert_allclose(patterns[0, :, 0], np.full(30, 30**-0.5))
    np.testing.assert_allclose(patterns[1, :, 0], idct(np.eye(30)[3], norm="ortho"), atol=1e-15)


def test_what_lies_in_the_padding_counts_for_nothing() -> None:
    patterns = mel_patterns(np.ones((2, 3, 1)), np.eye(4), [-1, 2])

    assert patterns[:, 0, :, 0].tolist() == [[1, 1, 0, 0], [0, 0, 1, 1]]


def test_a_layer_with_all_coefficients_as_channels_has_one_pattern() -> None:
    bank = bank_of(nn.Conv1d(13, 4, 5))

    assert bank.cepstra.offsets.tolist() == [0]
    assert bank.cepstra.bands_hz.shape == (30,)


def test_other_inputs_have_none() -> None:
    bank = bank_of(nn.Conv2d(1, 3, (4, 5)), kind="log_mel", mean=0.0, std=1.0)

    assert bank.cepstra is None
    assert cepstral_patterns(bank) == ()


def test_a_page_and_a_figure_show_patterns_in_hz() -> None:
    bank = bank_of(nn.Conv2d(1, 3, (4, 5)))
    result = FilterResponses(banks=(bank,), provenance=Provenance())

    (shown,) = cepstral_patterns(bank)
    axes = result.plot("mel_pattern", index=1)

    assert isinstance(shown, Multiples)
    assert len(shown.parts) == 3
    assert "coefficient 0, 3, 6 and 9, from left to right" in shown.caption
    assert axes.get_ylabel() == "mel band (Hz)"
    assert [label.get_text() for label in axes.get_xticklabels()][-1] == "9"
