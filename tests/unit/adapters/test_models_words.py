"""The model card in words."""

from __future__ import annotations

from dataclasses import replace

from worlds import SHOP_CARD

from recommender.adapters.models.words import in_words


def test_the_card_says_what_the_scores_are_and_what_they_were_learnt_from() -> None:
    words = in_words(SHOP_CARD)
    assert "Scores are the probability of the goal **purchase**, chosen because it was asked for." in words
    assert "22 events of 6 users and 12 items, 2015-03-28 12:00 UTC to 2015-05-07 11:55 UTC" in words
    assert "shown nothing after 2015-04-30 12:00 UTC" in words


def test_of_lists_metrics_are_rows_and_methods_are_columns() -> None:
    lists = """## Ranked lists

| metric | popular | model |
| --- | ---: | ---: |
| hit_rate@10 | 0.2500 | 0.5000 |
| mrr@10 |  | 0.3750 |
"""
    assert lists in in_words(SHOP_CARD)


def test_of_other_goals_metrics_are_rows_and_goals_are_columns() -> None:
    others = """## Other goals

| metric | interaction |
| --- | ---: |
| cases | 20 |
| hit_rate@10 | 0.7500 |
"""
    assert others in in_words(SHOP_CARD)


def test_counts_are_whole_numbers() -> None:
    assert "| rows | 1,234,567 |" in in_words(replace(SHOP_CARD, judged={"rows": 1_234_567.0}))


def test_a_small_figure_keeps_its_digits() -> None:
    assert "| base rate | 0.000346 |" in in_words(replace(SHOP_CARD, judged={"base rate": 0.00034614}))


def test_without_figures_there_is_no_table() -> None:
    assert "##" not in in_words(replace(SHOP_CARD, judged={}, lists={}, scores={}, others={}))


def test_the_same_card_gives_the_same_words() -> None:
    assert in_words(SHOP_CARD) == in_words(replace(SHOP_CARD))
