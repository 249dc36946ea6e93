"""The tokenizers that ours are compared with, and the parallel text that they are compared on."""
