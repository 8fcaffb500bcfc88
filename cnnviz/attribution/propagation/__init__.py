"""Relevance handed back operation by operation, by rules in place of derivatives.

`operations` hears the calls of a forward pass; `layerwise_rules` are those of layer-wise relevance
propagation and `rescale_rules` those of DeepLIFT, each beside the state of its pass.
"""
