"""Development aids: an error in the browser instead of a bare 500."""
