"""Retrieval: several sources of candidates and their union.

SOURCES is the one place that lists them: the order breaks ties between reasons.
"""

from recommender.domain.retrieval.own_items import OwnItems
from recommender.domain.retrieval.popular_in_category import PopularInCategory
from recommender.domain.retrieval.popular_in_shop import PopularInShop
from recommender.domain.retrieval.session_neighbours import SessionNeighbours
from recommender.domain.retrieval.source import Query, Reason, Shortlist, Source
from recommender.domain.retrieval.union import Candidates, retrieve, unite

SOURCES: tuple[type[Source], ...] = (OwnItems, SessionNeighbours, PopularInCategory, PopularInShop)

__all__ = ["SOURCES", "Candidates", "Query", "Reason", "Shortlist", "Source", "retrieve", "unite"]
