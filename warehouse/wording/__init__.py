"""A day in words: one template a language, and what may be claimed at all."""
