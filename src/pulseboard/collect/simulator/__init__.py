"""Believable traffic of a make-believe company: seeded, deterministic, always marked as demo.

The past is a function of (seed, day) alone, so loading it twice, or a longer stretch of it later,
adds only what is new. Every envelope goes the way of real ones: a body in the shape of GitHub's
REST objects, through normalise, into the writer. A failed job carries its `log` in the body.
"""

from pulseboard.collect.simulator.past import history
from pulseboard.collect.simulator.present import simulate, traffic

__all__ = ["history", "simulate", "traffic"]
