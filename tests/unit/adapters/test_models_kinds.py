"""Values of several kinds in one field: they are stored under the names of their classes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray
from worlds import shop_model

from recommender.adapters.models.codec import FORMS, Record, Variant, encode, form_of
from recommender.adapters.models.forms import Arrays
from recommender.domain.model import RANKERS
from recommender.domain.ranking import Ranker
from recommender.domain.retrieval import SOURCES, Source


@dataclass(frozen=True, eq=False)
class Tabby:
    NAME: ClassVar[str] = "tabby"

    stripes: NDArray[np.int32]


@dataclass(frozen=True)
class Manx:
    NAME: ClassVar[str] = "manx"


def test_every_source_and_ranker_of_the_program_can_be_stored() -> None:
    assert FORMS[Source] == Variant(SOURCES)
    assert FORMS[Ranker] == Variant(RANKERS)
    for kind in (*SOURCES, *RANKERS):
        assert form_of(kind) == Record(kind)


def test_a_kind_is_stored_under_its_name_and_needs_nothing_but_to_be_listed() -> None:
    pets = Variant((Tabby, Manx))
    arrays: Arrays = {}
    stored = [pets.pack(each, "pet", arrays) for each in (Tabby(np.array([1, 2], np.int32)), Manx())]
    assert stored == [{"tabby": {"stripes": {"dtype": "<i4", "shape": [2]}}}, {"manx": {}}]
    tabby, manx = (pets.unpack(each, "pet", arrays) for each in stored)
    assert isinstance(tabby, Tabby)
    assert tabby.stripes.tolist() == [1, 2]
    assert manx == Manx()


@pytest.mark.parametrize("stored", [{"sphynx": {}}, {}, {"manx": {}, "tabby": {}}])
def test_a_kind_that_is_not_known_is_refused(stored: object) -> None:
    with pytest.raises(ValueError, match=r"^pet: expected one of tabby, manx; found "):
        Variant((Tabby, Manx)).unpack(stored, "pet", {})


def test_a_source_that_the_program_does_not_list_is_refused() -> None:
    model = shop_model()
    stray = replace(model, index=replace(model.index, sources=(Manx(),)))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^index\.sources\.0: Manx is none of own_items, "):
        encode(stray)
