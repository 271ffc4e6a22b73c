"""The warehouse for an agent: every answer begins with what the sessions that it used are worth."""
