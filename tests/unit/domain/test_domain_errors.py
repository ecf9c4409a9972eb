from __future__ import annotations

import pytest

from recommender.domain.errors import (
    CorruptData,
    CorruptModel,
    FileRefused,
    InvalidRequest,
    InvalidSettings,
    MemoryUnavailable,
    NoModelPublished,
    NotEnoughData,
    NothingToRollBackTo,
    Overloaded,
    RecommenderError,
    StorageUnavailable,
    UnknownItem,
    UnknownVersion,
    VersionInUse,
)

ERRORS = (
    InvalidRequest("n", "expected 1 to 100, not 0"),
    InvalidSettings("memory:// is for one worker"),
    FileRefused("events.csv", "expected a header"),
    NotEnoughData("the log is empty"),
    NoModelPublished(),
    UnknownVersion("v1"),
    UnknownItem("teapot"),
    VersionInUse("v1"),
    NothingToRollBackTo("No version was current before v1."),
    CorruptModel("v1", "index.items.blob is missing"),
    CorruptData("events/2015-05-03/1.jsonl", "it ends within a line"),
    StorageUnavailable("file:///data"),
    MemoryUnavailable("cache"),
    Overloaded("later"),
)


def test_every_error_of_the_tree_is_tried_here() -> None:
    assert {type(error) for error in ERRORS} == set(RecommenderError.__subclasses__())


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_says_what_it_was_given_and_keeps_it(error: RecommenderError) -> None:
    assert all(str(value) in str(error) for value in vars(error).values())
    assert len(str(error)) > 0
    with pytest.raises(RecommenderError):
        raise error


def test_without_a_model_the_error_says_what_to_do() -> None:
    assert "recommender train" in str(NoModelPublished())
