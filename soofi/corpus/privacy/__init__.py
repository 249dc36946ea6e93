"""Personal data: found by form, check digit and context, and replaced by the name of its type."""
