"""Terminal tables, plots and samples of a run."""

from soofi.report.run_report import (
    make_report,
    read_samples,
    report_facts,
    report_governing,
)
from soofi.report.tables import language_table, time_table

__all__ = [
    "language_table",
    "make_report",
    "read_samples",
    "report_facts",
    "report_governing",
    "time_table",
]
