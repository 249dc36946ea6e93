"""Tasks, the processes that carry them out, and what is kept to go on from."""
