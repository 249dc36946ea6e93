"""What licence a document has, as an SPDX expression, and whether the recipe allows it."""
