"""docs/evaluation.md, from the reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

INTRODUCTION = """# Evaluation

Made by `make evaluate DATA=folder`, from RetailRocket's public log. The folder `sessions` holds sessions of
views of anonymous visitors (its times are interpolated), `buyers` all kinds of events of people who bought.

**Protocol.** One cut in time; everything, the hyper-parameters included, is learnt from what is before it.
One choice is an exception: that purchases are learnt from two stretches was settled after a look at the
reported weeks of buyers ([ideas](ideas.md)).
After the cut every prefix of every session is a case, repeats are kept, and events of items that were not
seen before the cut are taken out first, as the literature does; figures with nothing taken out stand beside.
A method's list is its best 20 of all items: an item that is not even a candidate is a miss. Brackets are 95 %
intervals from the bootstrap over shoppers. The code that is served is judged.
"""

Report = Mapping[str, Any]


def page(reports: Mapping[str, Report], found: Mapping[str, Report]) -> str:
    """The page; both by the name of the folder, `found` being what benchmarks.discovery says."""
    text = [INTRODUCTION]
    for name, report in reports.items():
        text += [*lists(name, report), *left_out(report), *scores(report), *reliability(report)]
        if name in found:
            text += discovery(name, found[name])
    return "\n".join(text).rstrip() + "\n"


def lists(name: str, report: Report) -> list[str]:
    """The table of methods, for all answers and for those new to the session."""
    judged, unfiltered = report["judged"], report["unfiltered"]
    rows = []
    for method, each in report["lists"].items():
        if each["kind"] == "ablation":
            continue
        if not each["figures"]:
            rows.append([words(method), *["-"] * 6])
            continue
        shown = [cell(each, metric) for metric in ("HR@20", "MRR@20", "nDCG@20", "new HR@20", "new MRR@20")]
        rows.append([words(method), *shown, percent(each["figures"]["coverage@20"])])
    head = ["method", "HR@20", "MRR@20", "nDCG@20", "new HR@20", "new MRR@20", "catalogue shown"]
    days = [report[each][:10] for each in ("learnt_from", "cut", "judged_until")]
    counts = [f"{judged[each]:,}" for each in ("cases", "cases with an answer", "cases with a new answer")]
    what = (
        f"Learnt from {days[0]} to {days[1]}, judged until {days[2]}: {counts[0]} cases, {counts[1]} with an "
        f"answer, {counts[2]} with one that is new to the session. In %.\n"
    )
    beside = (
        f"\nWith nothing taken out: HR@20 {percent(unfiltered['HR@20'])}, MRR@20 "
        f"{percent(unfiltered['MRR@20'])} of {unfiltered['cases with an answer']:,} cases."
    )
    return [f"\n## {name}: the goal {report['goal']}\n", what, *table(head, rows), beside]


def left_out(report: Report) -> list[str]:
    """What each source gives: how far the served list is ahead of one that is made without it."""
    rows = []
    for method, each in report["lists"].items():
        if each["kind"] == "ablation":
            metrics = ("HR@20", "MRR@20", "new HR@20")
            rows.append([words(method), *(ahead(each["served_ahead"].get(metric)) for metric in metrics)])
    head = ["the ranker", "HR@20 lost", "MRR@20 lost", "new HR@20 lost"]
    return [
        "\n**Each source left out**, the ranker trained without it; points of % lost.\n",
        *table(head, rows),
    ]


def scores(report: Report) -> list[str]:
    """Areas of the scores, over all (shopper, candidate, moment) rows."""
    rows = []
    for method, each in report["scores"].items():
        figures, sure = each["figures"], each["intervals"]
        areas = [
            f"{figures[name]:.4f}{interval(sure.get(name), 1, 4)}"
            for name in ("ROC-AUC", "average precision")
        ]
        gained = [areas_ahead(each, name) for name in ("ROC-AUC", "average precision")]
        mean = f"{figures['mean score']:.3%}" if "mean score" in figures else ""
        error = (
            f"{figures['expected_calibration_error']:.2e}" if "expected_calibration_error" in figures else ""
        )
        rows.append([words(method), *areas, *gained, mean, error])
    rows.append(
        [
            "chance",
            "0.5000",
            f"{report['judged']['base rate']:.4f}",
            "",
            "",
            f"{report['judged']['base rate']:.3%}",
            "",
        ]
    )
    head = ["scores", "ROC-AUC", "average precision", "AUC behind", "AP behind", "mean score", "ECE"]
    rows_of = f"{report['judged']['rows']:,} (shopper, candidate, moment) rows"
    return [f"\n**Scores** of {rows_of}, and how far behind the served ones.\n", *table(head, rows)]


def reliability(report: Report) -> list[str]:
    """The served scores in bins, against what happened."""
    served = next(iter(report["lists"]))
    bins = report["scores"][served]["reliability"]
    columns = (bins["rows"], bins["score"], bins["rate"], bins["low"], bins["high"])
    rows = [
        [
            f"{n:,}",
            f"{score:.4f}",
            f"{rate:.4f}",
            f"{low:.4f} to {high:.4f}",
            "yes" if low <= score <= high else "no",
        ]
        for n, score, rate, low, high in zip(*columns, strict=True)
    ]
    head = ["rows", "mean score", "came true", "interval", "covers the score"]
    return ["\n**Are the scores probabilities?** Bins of consecutive scores.\n", *table(head, rows)]


def discovery(name: str, found: Report) -> list[str]:
    """What hidden items and the last weeks show."""
    hidden = (
        "Of every buyer all rows of the item bought last are hidden; all items are ranked but the buyer's "
        "own. This split is **not temporal**: what others did later is known. The ratio is to item kNN, "
        "on the same cases.\n"
    )
    return [
        f"\n## {name}: pure discovery\n",
        hidden,
        *compared(found["discovery"]),
        f"\n## {name}: purchases of the last four weeks\n",
        "Temporal: everything is learnt from what was before them.\n",
        *compared(found["last weeks"]),
    ]


def compared(found: Report) -> list[str]:
    """A row per method, with its ratio to the one that it is compared with."""
    metrics = [each for each in next(iter(found.values())) if f"{each} ratio" in next(iter(found.values()))]
    rows = []
    for method, figures in found.items():
        cells = [words(method)]
        for metric in metrics:
            ratio = f"{figures[f'{metric} ratio']:.2f}{interval(figures[f'{metric} interval'], 1, 2)}"
            cells += [f"{figures[metric]:.4f}", ratio]
        rows.append(cells)
    return table(["method", *(cell for metric in metrics for cell in (metric, "ratio"))], rows)


def table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    """A Markdown table; all columns but the first to the right."""
    return [line(head), line(["---"] + ["---:"] * (len(head) - 1)), *map(line, rows)]


def line(cells: Iterable[str]) -> str:
    """A row."""
    return f"| {' | '.join(cells)} |"


def words(method: str) -> str:
    """A method's name for people."""
    return method.replace("_", " ")


def percent(value: float) -> str:
    """A share in %."""
    return f"{100 * value:.1f}"


def cell(each: Report, metric: str) -> str:
    """A figure and its interval in %."""
    if metric not in each["figures"]:
        return "-"
    return percent(each["figures"][metric]) + interval(each["intervals"].get(metric), 100, 1)


def interval(ends: list[float | None] | None, factor: float, digits: int) -> str:
    """Both ends in brackets, nothing where there is no interval."""
    if ends is None or ends[0] is None or ends[1] is None:
        return ""
    return f" [{factor * ends[0]:.{digits}f}, {factor * ends[1]:.{digits}f}]"


def areas_ahead(each: Report, area: str) -> str:
    """How far the served scores are ahead by an area."""
    found = each.get("served_ahead", {}).get(area)
    return f"{found['difference']:+.4f}{interval(found['interval'], 1, 4)}" if found else ""


def ahead(found: Report | None) -> str:
    """A difference in points of %."""
    if found is None:
        return "-"
    return f"{100 * found['difference']:+.2f}{interval(found['interval'], 100, 2)}"
