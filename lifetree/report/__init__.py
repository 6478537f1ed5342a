"""The report of a run: one HTML file in Chinese and English that needs neither a network nor a script."""

from lifetree.report.content import Outcome, report_content
from lifetree.report.page import render

__all__ = ["Outcome", "render", "report_content"]
