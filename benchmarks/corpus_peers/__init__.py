"""The parts of corpus_vs_datatrove.py: each measures one stage of ours beside the same work in datatrove."""
