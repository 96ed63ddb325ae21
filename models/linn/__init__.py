# SPDX-License-Identifier: MIT
"""LINN: implicit neural binaural rendering. Models, training, simulation and export; see README.md beside this file."""
import os

# Before numpy is there: where others work too, OpenBLAS's threads wait for one another far longer than they work.
os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
