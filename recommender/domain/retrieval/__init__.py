"""Retrieval: several sources of candidates and their union.

SOURCES is the one place that lists them: the order breaks ties between reasons.
"""

from recommender.domain.retrieval.bought_together import BoughtTogether
from recommender.domain.retrieval.co_visitation import CoVisitation
from recommender.domain.retrieval.item_vectors import ItemVectors
from recommender.domain.retrieval.own_items import OwnItems
from recommender.domain.retrieval.popular_in_category import PopularInCategory
from recommender.domain.retrieval.popular_in_shop import PopularInShop
from recommender.domain.retrieval.session_neighbours import SessionNeighbours
from recommender.domain.retrieval.source import Findings, Query, Reason, Shortlist, Source
from recommender.domain.retrieval.trending import Trending
from recommender.domain.retrieval.union import Candidates, unite

SOURCES: tuple[type[Source], ...] = (
    OwnItems,
    SessionNeighbours,
    CoVisitation,
    BoughtTogether,
    ItemVectors,
    PopularInCategory,
    Trending,
    PopularInShop,
)

__all__ = [
    "SOURCES",
    "Candidates",
    "Findings",
    "Query",
    "Reason",
    "Shortlist",
    "Source",
    "unite",
]
