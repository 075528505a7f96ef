"""Files for staff: the list and the warnings as XLSX, CSV and Parquet.

What belongs here: choosing rows, putting them into words, writing them so that no cell is taken for a formula, and
recording every export in the audit chain. A file's default name carries no group, score or diagnosis.
"""

from registry.exports.alerts import export_alerts
from registry.exports.listing import export_list
from registry.exports.result import FORMATS, ExportResult

__all__ = ["FORMATS", "ExportResult", "export_alerts", "export_list"]
