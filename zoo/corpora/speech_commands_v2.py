"""Speech Commands, version 0.02: thirty-five words, one second each, 16 kHz.

Size and sha256 are those of TensorFlow Datasets
(``tensorflow_datasets/url_checksums/speech_commands.txt``); torchaudio states the same
sha256. 105,835 sound files are 105,829 words and six recordings of background noise.
"""

from zoo.downloads import Archive, FileCount, RemoteCorpus

CORPUS = RemoteCorpus(
    name="speech_commands_v2",
    title="Speech Commands v0.02",
    homepage="https://arxiv.org/abs/1804.03209",
    licence="CC BY 4.0",
    citation="P. Warden, Speech Commands: A Dataset for Limited-Vocabulary Speech Recognition, "
    "arXiv:1804.03209, 2018",
    archive=Archive(
        url="https://storage.googleapis.com/download.tensorflow.org/data/speech_commands_v0.02.tar.gz",
        n_bytes=2_428_923_189,
        digest="sha256:af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
        published="TensorFlow Datasets, url_checksums/speech_commands.txt; torchaudio",
        most_bytes=4_000_000_000,
    ),
    layout="speech_commands",
    n_clips=105_829,
    n_classes=36,  # thirty-five words, and the noise as silence
    counts=(
        FileCount(pattern="*.wav", n_files=105_835),
        FileCount(pattern="_background_noise_/*.wav", n_files=6),
        FileCount(pattern="validation_list.txt", n_files=1),
        FileCount(pattern="testing_list.txt", n_files=1),
    ),
    lists=("validation_list.txt", "testing_list.txt"),
)
