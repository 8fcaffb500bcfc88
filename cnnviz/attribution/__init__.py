"""Which parts of a sound speak for a score: from a model's scores to signed relevance.

The frontend is a torch module in front of the network, so relevance arrives on the waveform for
spectrogram networks too. Each file of `cnnviz.attribution.methods` is an analyzer: parameters, and
the relevance of one clip. Where the frontend normalises each clip by its own level, that clip is
the normalised waveform.
"""
