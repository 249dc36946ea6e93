"""From what a page or file holds to clean text."""
