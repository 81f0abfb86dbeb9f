"""The written plan: a folder with a workbook and a page to sign, and tables for other systems."""

from karier_reco.report.check import FolderCheck, check_folder
from karier_reco.report.files import read_plan, write_plan

__all__ = ["FolderCheck", "check_folder", "read_plan", "write_plan"]
