"""Methods ranked on networks whose evidence is known, because it was planted."""
