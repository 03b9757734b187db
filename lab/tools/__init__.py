"""One module for each program or API that the lab drives; no policy."""
