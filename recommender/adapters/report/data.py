"""An evaluation report as plain values: what `report.json` says, and what the page is made from."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from math import isfinite, log

import numpy as np

from recommender.application.card import Figures, ModelCard
from recommender.application.evaluate import JUDGED_CASES, Judged
from recommender.application.moments import rfc_3339
from recommender.application.report import EvaluationReport
from recommender.domain.bootstrap import AreaIntervals
from recommender.domain.events import EventType
from recommender.domain.report import AREA_DRAWS, DRAWS, ListReport, Range, ScoreReport

FORMAT = 1
"""To be raised when a field changes its meaning or goes away."""

SERVED, BASELINE, SOURCE, ABLATION = "served", "baseline", "source", "ablation"

Data = dict[str, object]


def as_data(report: EvaluationReport) -> Data:
    """Everything the report says as dicts, lists, strings, numbers, bools and None, in a stable order.

    None stands for a figure that does not exist, and for the infinite threshold at which a curve begins.
    """
    again, judged = report.reproduced, report.reproduced.judged
    data = {
        "format": FORMAT,
        "version": report.version,
        **_origin(again.card),
        "same_log": again.same_log,
        "same_sources": again.same_sources,
        "same_figures": again.same_figures,
        "target": _target(judged),
        "protocol": {"most_cases": JUDGED_CASES, "draws": DRAWS, "area_draws": AREA_DRAWS},
        "judged": judged.evaluation.judged,
        "lists": _lists(report),
        "scores": _scores(report),
        "chance": chance(judged.evaluation.judged["base rate"]),
        "unfiltered": judged.unfiltered,
        "others": judged.others,
        "importance": report.importance,
    }
    return {name: _plain(value) for name, value in data.items()}


def kinds(judged: Judged) -> dict[str, str]:
    """Method -> what it is in the comparison; the served one first, then in the order they were judged."""
    served = judged.methods[0]
    found = {}
    for method in judged.methods:
        if method.ranker is None:
            found[method.name] = SOURCE
        elif len(method.sources) < len(served.sources):
            found[method.name] = ABLATION
        else:
            found[method.name] = BASELINE
    return found | {served.name: SERVED}


def chance(base_rate: float) -> dict[str, float]:
    """The figures of a score that says the base rate of every row."""
    p = base_rate
    entropy = -p * log(p) - (1 - p) * log(1 - p) if 0 < p < 1 else 0.0
    return {
        "ROC-AUC": 0.5,
        "average precision": p,
        "brier": p * (1 - p),
        "log_loss": entropy,
        "expected_calibration_error": 0.0,
        "mean score": p,
    }


def _origin(card: ModelCard) -> Data:
    return {
        "goal": card.goal,
        "why_goal": card.why_goal,
        "seed": card.seed,
        "learnt_from": rfc_3339(card.start),
        "cut": rfc_3339(card.cut),
        "judged_until": rfc_3339(card.end),
        "events": card.events,
        "users": card.users,
        "items": card.items,
        "fingerprint": card.fingerprint,
        "sources": card.sources,
    }


def _target(judged: Judged) -> Data:
    target = judged.replay.target
    return {
        "types": [EventType(each).name.lower() for each in target.types],
        "horizon_ms": target.horizon,
        "next_only": target.next_only,
    }


def _lists(report: EvaluationReport) -> Data:
    """Method -> figures and intervals; those of a method that cannot order a list are empty."""
    figures, kind = report.reproduced.judged.evaluation.lists, kinds(report.reproduced.judged)
    served = figures[next(iter(kind))]
    nothing = ListReport({}, {}, {})
    return {
        name: _list(kind[name], figures.get(name, {}), served, report.report.lists.get(name, nothing))
        for name in kind
    }


def _list(kind: str, figures: Figures, served: Figures, sure: ListReport) -> Data:
    ahead = {
        metric: {"difference": served[metric] - figures[metric], "interval": interval}
        for metric, interval in sure.ahead.items()
    }
    return {
        "kind": kind,
        "figures": figures,
        "intervals": sure.mean,
        "per_shopper": sure.per_shopper,
        "served_ahead": ahead,
    }


def _scores(report: EvaluationReport) -> Data:
    """Method -> figures, and of those whose scores are probabilities, intervals and curves."""
    found, sure = report.reproduced.judged.evaluation.scores, report.report.scores
    served = found[next(iter(kinds(report.reproduced.judged)))]
    return {name: _score(figures, served, sure.get(name)) for name, figures in found.items()}


def _score(figures: Figures, served: Figures, sure: ScoreReport | None) -> Data:
    if sure is None:
        return {"figures": figures, "intervals": {}}
    probability = {name: getattr(sure, name) for name in ("brier", "log_loss", "expected_calibration_error")}
    return {
        "figures": {**figures, **probability},
        "intervals": _areas(sure.areas),
        "served_ahead": {
            area: {"difference": served[area] - figures[area], "interval": interval}
            for area, interval in (_areas(sure.ahead) if sure.ahead else {}).items()
            if area in figures
        },
        "roc": sure.roc,
        "precision_recall": sure.precision_recall,
        "reliability": sure.reliability,
    }


def _areas(intervals: AreaIntervals) -> dict[str, Range]:
    return {"ROC-AUC": intervals.roc_auc, "average precision": intervals.average_precision}


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return value
