"""soofi: from European text to an open language model whose every byte can be accounted for."""

__version__ = "0.1.0"
