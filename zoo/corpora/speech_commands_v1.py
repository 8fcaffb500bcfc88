"""Speech Commands, version 0.01: thirty words, one second each, 16 kHz.

The sha256 is that of torchaudio (``torchaudio/datasets/speechcommands.py``, ``_CHECKSUMS``),
the size what the host answered in 2022. 64,727 sound files are 64,721 words and six
recordings of background noise.
"""

from zoo.downloads import Archive, FileCount, RemoteCorpus

CORPUS = RemoteCorpus(
    name="speech_commands_v1",
    title="Speech Commands v0.01",
    homepage="https://arxiv.org/abs/1804.03209",
    licence="CC BY 4.0",
    citation="P. Warden, Speech Commands: A Dataset for Limited-Vocabulary Speech Recognition, "
    "arXiv:1804.03209, 2018",
    archive=Archive(
        url="https://storage.googleapis.com/download.tensorflow.org/data/speech_commands_v0.01.tar.gz",
        n_bytes=1_489_096_277,
        digest="sha256:743935421bb51cccdb6bdd152e04c5c70274e935c82119ad7faeec31780d811d",
        published="torchaudio, torchaudio/datasets/speechcommands.py",
        most_bytes=2_500_000_000,
    ),
    layout="speech_commands",
    n_clips=64_721,
    n_classes=31,  # thirty words, and the noise as silence
    counts=(
        FileCount(pattern="*.wav", n_files=64_727),
        FileCount(pattern="_background_noise_/*.wav", n_files=6),
        FileCount(pattern="validation_list.txt", n_files=1),
        FileCount(pattern="testing_list.txt", n_files=1),
    ),
    lists=("validation_list.txt", "testing_list.txt"),
)
