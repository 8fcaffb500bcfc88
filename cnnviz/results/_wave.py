"""Sound as a WAV file in memory, by the standard library."""

import io
import wave

import numpy as np


def wave_bytes(waveform: np.ndarray, sample_rate: int) -> bytes:
    """16-bit WAV of a waveform (samples,) of full scale 1."""
    out = io.BytesIO()
    whole = np.round(np.clip(waveform, -1, 1) * (2**15 - 1)).astype("<i2")
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(int(sample_rate))
        file.writeframes(whole.tobytes())
    return out.getvalue()
