"""Lists of members and weights that others publish: fetched to be compared, never taken over unseen."""
