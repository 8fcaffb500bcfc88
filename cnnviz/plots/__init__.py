"""One file per result type, drawn with matplotlib on the Axes of the caller or on new ones."""
