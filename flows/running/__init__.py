"""All that knows Prefect beside the flows themselves: steps as its tasks, states, artifacts, serving."""
