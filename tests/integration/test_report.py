from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes.progress import FakeProgress
from fakes.trainer import FakeTrainer
from fakes.workers import InProcessWorkers
from worlds_large import large_catalogue, large_log

from recommender.adapters.report import HtmlReports
from recommender.adapters.report.score_plots import calibration
from recommender.application.evaluate import Evaluate, Judged
from recommender.application.fit import Fit
from recommender.application.methods import TIME, Trainers
from recommender.application.report import EvaluationReport, full_report
from recommender.application.reproduce import Reproduced
from recommender.application.train import card_of
from recommender.domain.calibration import reliability
from recommender.domain.errors import StorageUnavailable
from recommender.domain.evaluation import Evaluation
from recommender.domain.metrics import CUTOFFS, METRICS
from recommender.domain.report import AREA_DRAWS, DRAWS, Report
from recommender.domain.retrieval import SOURCES
from recommender.domain.targets import CART, INTERACTION, Target

VOID = {"meta", "link", "img", "br", "hr", "input"}
LOADING = {"src", "href", "xlink:href", "action", "data", "srcset", "poster"}
HOSTILE = '"><script>alert(1)</script>&amp; $x^2$'
LOG = large_log(visits=180, carts=0.3)


@dataclass
class Page(HTMLParser):
    """What a reader of HTML finds: tags left open, addresses, words, and the cells of each table's rows."""

    open: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    tables: list[dict[str, list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._cells: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append({})
        elif tag == "tr":
            self._cells = []
        elif tag in {"td", "th"}:
            self._cells.append([])
        values = {name: value or "" for name, value in attrs}
        self.addresses += [value for name, value in values.items() if name in LOADING]
        self.ids += [values["id"]] if "id" in values else []
        self.labels += [values["aria-label"]] if tag == "svg" else []
        assert not any(name.startswith("on") for name in values)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "tr":
            name, *cells = (each[0] if each else "" for each in self._cells)
            self.tables[-1][name] = cells

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append(data.strip())
            if self._cells and self.open[-1] in {"td", "th"}:
                self._cells[-1].append(data.strip())


def judged(*targets: Target, thorough: bool = True) -> Judged:
    trainers = Trainers(FakeTrainer(), FakeTrainer())
    fit = Fit(InProcessWorkers(), FakeProgress(), SOURCES)
    return Evaluate(fit, trainers)(LOG, large_catalogue(), targets, 1, thorough=thorough)


def reported(found: Judged, why: str = "it was asked for", *, same: bool = True) -> EvaluationReport:
    card = card_of(LOG, found, 1, why)
    return full_report("20150604T212317Z-0123456789ab", Reproduced(card, found, same, same, same))


def parsed(text: str) -> Page:
    page = Page()
    page.feed(text)
    page.close()
    return page


def written(report: EvaluationReport, folder: Path) -> tuple[Page, dict[str, Any]]:
    page = HtmlReports().write(report, folder)
    return parsed(page.read_text(encoding="utf-8")), json.loads((folder / "report.json").read_bytes())


@pytest.fixture(scope="module")
def report() -> EvaluationReport:
    return reported(judged(INTERACTION, CART))


@pytest.fixture(scope="module")
def both(report: EvaluationReport, tmp_path_factory: pytest.TempPathFactory) -> tuple[Page, dict[str, Any]]:
    return written(report, tmp_path_factory.mktemp("report"))


def test_the_page_is_complete_in_itself(both: tuple[Page, dict[str, Any]]) -> None:
    page, _ = both
    assert page.open == []
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert {each[0] for each in page.addresses} == {"#"}
    assert {each[1:] for each in page.addresses} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_nothing_is_loaded_from_elsewhere(report: EvaluationReport, tmp_path: Path) -> None:
    text = HtmlReports().write(report, tmp_path).read_text(encoding="utf-8")
    assert set(re.findall(r"\w+://[^\"\s<]+", text)) == {
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/2000/svg",
    }, "the names of SVG's own vocabularies, which nobody loads"
    assert set(re.findall(r"url\((.)", text)) == {"#"}
    assert "@import" not in text


def test_every_plot_says_in_words_what_it_shows(both: tuple[Page, dict[str, Any]]) -> None:
    page, _ = both
    assert len(page.labels) == page.tags.count("figure") == page.tags.count("figcaption") == 7
    for label in page.labels:
        assert re.search(r"\d", label)
    assert "session neighbours" in page.labels[0]


def percent(value: float) -> str:
    return f"{100 * value:.1f}"


def test_the_figures_of_the_page_are_those_of_the_file(both: tuple[Page, dict[str, Any]]) -> None:
    page, data = both
    _, everything, new, ahead, ablations = page.tables[:5]
    for name, method in data["lists"].items():
        if method["kind"] == "ablation" or not method["figures"]:
            continue
        for table, prefix in ((everything, ""), (new, "new ")):
            of_metric = {metric: percent(method["figures"][f"{prefix}{metric}"]) for metric in METRICS}
            expected = [
                of_metric[f"{metric}@{n}"] for metric in ("HR", "MRR", "nDCG", "recall") for n in CUTOFFS
            ]
            assert table[name.replace("_", " ")][: len(METRICS)] == expected
    served, *others = data["lists"]
    assert set(ahead) | set(ablations) == {"method"} | {
        each.replace("_", " ") for each in others if each != TIME
    }
    areas = {name: each["figures"]["ROC-AUC"] for name, each in data["scores"].items()}
    assert data["scores"][TIME]["served_ahead"]["ROC-AUC"]["difference"] == areas[served] - areas[TIME]
    lost = data["lists"]["without popular"]["figures"]["MRR@20"]
    difference = data["lists"]["without popular"]["served_ahead"]["MRR@20"]["difference"]
    assert difference == data["lists"][served]["figures"]["MRR@20"] - lost
    assert float(ablations["without popular"][1].replace("\N{MINUS SIGN}", "-")) == pytest.approx(
        100 * difference, abs=0.05
    )


def test_the_figures_of_the_file_are_those_of_the_evaluation(
    report: EvaluationReport, both: tuple[Page, dict[str, Any]]
) -> None:
    _, data = both
    found = report.reproduced.judged
    assert data["judged"] == found.evaluation.judged
    assert data["others"] == found.others
    assert data["unfiltered"] == found.unfiltered
    assert data["importance"] == report.importance
    assert list(data["importance"]) == list(report.importance)
    assert list(data["lists"]) == [each.name for each in found.methods]
    for name, figures in found.evaluation.lists.items():
        assert data["lists"][name]["figures"] == figures
        for metric, (low, high) in data["lists"][name]["intervals"].items():
            assert low <= figures[metric] <= high
    for name, figures in found.evaluation.scores.items():
        assert data["scores"][name]["figures"].items() >= figures.items()
    curve = data["scores"]["logistic"]["precision_recall"]
    assert curve["recall"] == report.report.scores["logistic"].precision_recall.recall.tolist()
    assert curve["threshold"][0] is None


def test_time_alone_has_scores_and_no_lists(both: tuple[Page, dict[str, Any]]) -> None:
    page, data = both
    assert data["lists"][TIME] == {
        "kind": "baseline",
        "figures": {},
        "intervals": {},
        "per_shopper": {},
        "served_ahead": {},
    }
    assert set(page.tables[1][TIME]) == {"\N{EN DASH}"}
    assert 0 < data["scores"][TIME]["figures"]["ROC-AUC"] < 1


def test_the_protocol_is_said(both: tuple[Page, dict[str, Any]]) -> None:
    page, data = both
    said = " ".join(" ".join(page.words).split())
    for words in (
        "split once, by time",
        "every prefix",
        "no negatives are sampled",
        "very next event, if it follows within 30 minutes",
        f"{DRAWS:,} draws, {AREA_DRAWS}",
        "yes: the same log gave the same figures again",
    ):
        assert words in said
    assert data["cut"].endswith("Z")


def test_the_same_report_has_the_same_bytes(report: EvaluationReport, tmp_path: Path) -> None:
    again = reported(judged(INTERACTION, CART))
    for name, each in (("one", report), ("other", again)):
        HtmlReports().write(each, tmp_path / name)
    for file in ("report.html", "report.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes()


def test_names_are_text_and_never_markup(report: EvaluationReport, tmp_path: Path) -> None:
    card = replace(report.reproduced.card, why_goal=HOSTILE, goal=HOSTILE, sources=(HOSTILE,))
    hostile = replace(
        report,
        version=HOSTILE,
        reproduced=replace(report.reproduced, card=card),
        importance={HOSTILE: 0.5},
    )
    page, data = written(hostile, tmp_path)
    assert page.open == []
    assert "script" not in page.tags
    assert sum(HOSTILE in each for each in page.words) >= 4
    assert any(HOSTILE in each for each in page.labels)
    assert (data["version"], data["sources"]) == (HOSTILE, [HOSTILE])


def test_names_that_no_file_can_hold_are_written_all_the_same(
    report: EvaluationReport, tmp_path: Path
) -> None:
    """JSON can say half of a surrogate pair, and a card is JSON."""
    card = replace(report.reproduced.card, why_goal="half: \ud800")
    page, data = written(replace(report, reproduced=replace(report.reproduced, card=card)), tmp_path)
    assert any("\\ud800" in each for each in page.words)
    assert data["why_goal"] == "half: \ud800"


def test_several_right_items_and_nothing_but_the_default_goal(tmp_path: Path) -> None:
    page, data = written(reported(judged(CART, thorough=False), same=False), tmp_path)
    said = " ".join(" ".join(page.words).split())
    assert "within 1 day: addtocart" in said
    assert "precision@k" not in said
    assert "These are not the figures on the version\N{RIGHT SINGLE QUOTATION MARK}s card" in said
    assert (data["others"], data["unfiltered"]) == ({}, {})
    assert not any(each.startswith("without ") for each in data["lists"])


def test_figures_that_do_not_exist_are_dashes_and_null(report: EvaluationReport, tmp_path: Path) -> None:
    """One shopper, and no candidate was right: no interval, no area and no curve."""
    found = report.reproduced.judged
    tally = replace(
        found.tally,
        shopper=[1] * len(found.tally.shopper),
        positive=[np.zeros(len(each), np.bool_) for each in found.tally.positive],
    )
    poor = replace(found, tally=tally, evaluation=Evaluation.of(found.index, tally))
    names = frozenset(report.report.scores)
    bare = replace(
        report,
        reproduced=replace(report.reproduced, judged=poor),
        report=Report.of(tally, names, np.random.default_rng(1)),
        importance={},
    )
    page, data = written(bare, tmp_path)
    assert page.tags.count("figure") == 6
    assert data["lists"]["logistic"]["intervals"]["HR@20"] == [None, None]
    assert data["scores"]["logistic"]["intervals"]["ROC-AUC"] == [None, None]
    assert data["scores"]["logistic"]["roc"]["threshold"] == []
    assert "NaN" not in (tmp_path / "report.json").read_text(encoding="utf-8")
    assert not any("nan" in each.split() for each in page.words)


@pytest.mark.parametrize("score", [0.0, 1e-12, 0.02, 1.0])
def test_scores_that_are_nearly_all_the_same_can_be_drawn(report: EvaluationReport, score: float) -> None:
    """Matplotlib warns where labels leave no room, and a warning is an error here."""
    bins = reliability(np.full(3_000, score), np.arange(3_000) % 50 == 0)
    scores = {name: replace(each, reliability=bins) for name, each in report.report.scores.items()}
    drawn = calibration(replace(report, report=replace(report.report, scores=scores)))
    assert " %</text>" in drawn
    assert "mathdefault" not in drawn


def test_an_earlier_report_is_replaced_and_nothing_else_is_left(
    report: EvaluationReport, tmp_path: Path
) -> None:
    (tmp_path / "report.html").write_text("an earlier one")
    assert HtmlReports().write(report, tmp_path) == tmp_path / "report.html"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["report.html", "report.json"]
    assert "an earlier one" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_folder_is_made(report: EvaluationReport, tmp_path: Path) -> None:
    assert HtmlReports().write(report, tmp_path / "of/reports").is_file()


@pytest.mark.parametrize("name", ["taken", "taken/below"])
def test_a_folder_that_cannot_be_written_is_an_outage(
    report: EvaluationReport, tmp_path: Path, name: str
) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StorageUnavailable, match=re.escape(str(tmp_path / name))) as refusal:
        HtmlReports().write(report, tmp_path / name)
    assert isinstance(refusal.value.__cause__, OSError)
    with pytest.raises(StorageUnavailable, match=re.escape(str(tmp_path / name))):
        HtmlReports().ready(tmp_path / name)


def test_a_folder_is_tried_before_the_work_without_leaving_anything(tmp_path: Path) -> None:
    HtmlReports().ready(tmp_path / "of/reports")
    assert list((tmp_path / "of/reports").iterdir()) == []


def test_a_page_that_cannot_be_replaced_leaves_nothing_half_done(
    report: EvaluationReport, tmp_path: Path
) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(StorageUnavailable):
        HtmlReports().write(report, tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["report.html", "report.json"]
