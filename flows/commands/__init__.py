"""The commands of `afterclose`, one module a kind. Each imports what it needs when called: asking starts at once."""
