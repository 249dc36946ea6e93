"""The contenders of `train_step.py` and `peak_memory.py`: one worker process each, in an environment of its own."""
