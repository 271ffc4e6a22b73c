"""The five steps of a run, one module each, as plain functions: plan, fetch, validate, store, publish."""
