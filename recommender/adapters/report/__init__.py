"""Evaluation reports as files: a page for people, and the same figures for scripts."""

from recommender.adapters.report.html import HtmlReports

__all__ = ["HtmlReports"]
