"""Production's settings with the bare view beside everything else."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.bare"
