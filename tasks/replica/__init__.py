"""The lake on object storage: a replica that is never half of an evening, one writer, a home out of it."""
