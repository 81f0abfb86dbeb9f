"""Workbooks: told by what they hold, looked through before they are opened, and read sheet by sheet."""

from karier_reco.loading.workbook.reader import WORKBOOKS, read_workbook

__all__ = ["WORKBOOKS", "read_workbook"]
