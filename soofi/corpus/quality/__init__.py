"""Quality rules."""
