"""Writing what was decided: kept documents in seeded order, dropped ones in reading order, both by tasks side by side."""
