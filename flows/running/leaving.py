"""How the process ends."""

import logging
import os
import sys


class _Leaving:
    """How the process ends: Prefect's threads outlive it and would let DuckDB print pages about leaks."""

    code = 1

    def leave(self) -> None:
        """Leave at once, with the exit code, when everything else has been put away."""
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(self.code)


leaving = _Leaving()
