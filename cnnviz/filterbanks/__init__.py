"""Convolutions read as digital filters: what each passes, in Hz, seconds and dB.

First layers on a waveform are finite impulse responses (Oppenheim and Schafer, "Discrete-Time
Signal Processing"); layers behind them are brought to the waveform by composition (module
`cnnviz.dsp.composite`); kernels on spectrograms are read as spectro-temporal modulation filters
(Chi, Ru and Shamma, 2005; module `cnnviz.dsp.modulation`).
"""

from cnnviz.filterbanks.banks import read_banks
from cnnviz.filterbanks.channels import channel_centres
from cnnviz.filterbanks.waveform import Settings

__all__ = ["Settings", "channel_centres", "read_banks"]
