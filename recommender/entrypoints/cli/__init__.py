"""The command line: one module a verb, each with its arguments and what it does.

numpy's threads are limited to one unless somebody says otherwise: products are small, the work is shared
among processes, and more threads would wait busily for each other.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
