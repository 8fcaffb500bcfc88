"""The mathematics of filters, scales and transforms: arrays in, arrays out."""
