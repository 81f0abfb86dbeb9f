"""The command line ``karier-reco``: the only part that prints."""

from karier_reco.cli.program import main

__all__ = ["main"]
