"""An environment in which numerical libraries may use one thread: a yardstick and ours are compared on the same."""

from __future__ import annotations

import os

ONE_THREAD = {**os.environ, **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")}
