"""One file per method, named after it: parameters, and relevance of one clip."""
