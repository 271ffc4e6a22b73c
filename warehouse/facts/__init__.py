"""The cited facts: what a session is, who is a member when, how far a price may move. Loaded once, passed on."""
