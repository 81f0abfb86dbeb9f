"""Databases: named columns only, read only, in one snapshot."""

from karier_reco.loading.database.reader import read_database

__all__ = ["read_database"]
