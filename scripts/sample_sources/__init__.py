"""What `sample_corpus.py` is made of: fetching packages, reading documents, taking text out of markup."""
