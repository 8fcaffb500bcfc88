"""Which parts of a sound speak for a score: from a model's scores to signed relevance.

The frontend is a torch module in front of the network, so relevance arrives on the waveform for
spectrogram networks too. Methods in `cnnviz.attribution.methods` have the form R = (x - x') c
with x' silence and c the gradient at x or its average over the straight path from x' to x. It is
c that they return: nothing has to be divided by the signal later. Where the frontend normalises
each clip by its own level, x is the normalised waveform.
"""
