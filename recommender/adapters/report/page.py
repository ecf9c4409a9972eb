"""The page: what it says is in the template, and the figures are those of the data."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from recommender.adapters.report import list_plots, score_plots
from recommender.adapters.report.data import ABLATION, BASELINE, SERVED, SOURCE, Data, kinds
from recommender.adapters.report.drawing import spoken
from recommender.application.report import EvaluationReport
from recommender.domain.events import DAY, HOUR, MINUTE
from recommender.domain.metrics import CUTOFFS, LONGEST

NOTHING = "\N{EN DASH}"
"""Where there is no figure."""

METRICS = ("HR", "MRR", "nDCG", "recall")

Value = float | None
Ends = tuple[Value, Value] | None


def page(report: EvaluationReport, data: Data) -> str:
    """The whole page as HTML; everything but the plots is escaped."""
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            data,
            plots=_plots(report),
            kinds=(SERVED, BASELINE, SOURCE),
            ablation=ABLATION,
            metrics=METRICS,
            cutoffs=CUTOFFS,
            longest=LONGEST,
            rival=_rival(report),
        )
    )


def percent(share: Value, digits: int = 1) -> str:
    """A share in percent, without the sign: the table says it."""
    return NOTHING if share is None else f"{100 * share:.{digits}f}"


def signed(share: Value) -> str:
    """A difference of shares in percentage points."""
    if share is None:
        return NOTHING
    points = round(100 * share, 1)
    return f"{points:+.1f}".replace("-", "\N{MINUS SIGN}") if points else "0.0"


def percents(ends: Ends) -> str:
    """An interval of a share."""
    low, high = ends or (None, None)
    return "" if low is None else f"{percent(low)} to {percent(high)}"


def signeds(ends: Ends) -> str:
    """An interval of a difference."""
    low, high = ends or (None, None)
    return "" if low is None else f"{signed(low)} to {signed(high)}"


def decimals(value: Value, digits: int = 4) -> str:
    """A figure that is no share."""
    return NOTHING if value is None else f"{value:.{digits}f}"


def decimal_range(ends: Ends) -> str:
    """An interval of such a figure."""
    low, high = ends or (None, None)
    return "" if low is None else f"{decimals(low)} to {decimals(high)}"


def count(number: Value) -> str:
    """How many."""
    return NOTHING if number is None else f"{number:,.0f}"


def minute(moment: str) -> str:
    """A moment as people write it."""
    return f"{moment[:10]} {moment[11:16]} UTC"


def span(milliseconds: int) -> str:
    """A length of time in the largest unit of which it is a whole number."""
    for unit, name in ((DAY, "days"), (HOUR, "hours")):
        if milliseconds % unit == 0:
            return f"{milliseconds // unit} {name if milliseconds > unit else name[:-1]}"
    return f"{milliseconds / MINUTE:g} minutes"


def clear(ends: Ends) -> bool:
    """Whether an interval of a difference lies on one side of zero."""
    low, high = ends or (None, None)
    return low is not None and high is not None and (low > 0 or high < 0)


def _environment() -> Environment:
    """Jinja with autoescape; a name that the template misspells is an error."""
    found = Environment(
        loader=PackageLoader("recommender.adapters.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (spoken, percent, signed, percents, signeds, decimals, decimal_range, count, minute, span)
    found.filters.update({each.__name__: each for each in filters})
    found.tests["clear"] = clear
    return found


def _plots(report: EvaluationReport) -> dict[str, str]:
    """Plot -> SVG; those that would be empty are missing."""
    found = {
        "bars": list_plots.bars(report),
        "cutoffs": list_plots.cutoffs(report),
        "exposure": list_plots.exposure(report),
        "roc": score_plots.roc(report),
        "precision_recall": score_plots.precision_recall(report),
        "calibration": score_plots.calibration(report),
    }
    return found | ({"importance": score_plots.importance(report)} if report.importance else {})


def _rival(report: EvaluationReport) -> str | None:
    """The method that comes nearest to the served one, or is ahead of it, by HR@20."""
    judged, metric = report.reproduced.judged, f"HR@{LONGEST}"
    others = [
        (judged.evaluation.lists[name][metric], name)
        for name, kind in kinds(judged).items()
        if kind in (BASELINE, SOURCE) and metric in judged.evaluation.lists.get(name, {})
    ]
    return max(others)[1] if others else None
