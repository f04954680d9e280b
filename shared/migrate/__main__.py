"""``python -m shared.migrate``: bring the stores to the shape the code expects."""

from __future__ import annotations

import sys

from shared.migrate.runner import main

if __name__ == "__main__":
    sys.exit(main())
