"""The written plan: a folder with a workbook and a page to sign, and tables for other systems."""

from karier_reco.report.check import FolderCheck, check_folder
from karier_reco.report.files import read_plan, write_plan
from karier_reco.report.problems import write_problems
from karier_reco.report.siasn import write_siasn
from karier_reco.report.template import write_template

__all__ = ["FolderCheck", "check_folder", "read_plan", "write_plan", "write_problems", "write_siasn", "write_template"]
