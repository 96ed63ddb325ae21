# SPDX-License-Identifier: MIT
"""LINN: implicit neural binaural rendering. Models, training, simulation and export; see README.md beside this file."""
