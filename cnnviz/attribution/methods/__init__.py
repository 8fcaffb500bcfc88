"""One file per method, with one function of its name: a model, clips and targets to c."""
