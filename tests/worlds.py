"""A small shop that can be checked by eye.

electronics             views  carts  purchases (NOW is Thursday, 7 May 2015, 12:00 UTC)
|- phones   phone-a         4      2      1     by ada, bob, eve
|           phone-b         2      -      -     by ada, bob
|           phone-c         1      -      -     by eve
|           phone-d         1      -      -     by bob; sold out since yesterday
|- laptops  laptop-a        2      1      -     by cleo
|           laptop-b        1      -      -     by cleo
|           laptop-c        -      -      -     nobody ever looked at it
`- (itself) cable           1      -      -     by eve
garden      rake            2      1      1     by dan
            hose            1      -      -     by dan
            seeds           -      -      -     nobody ever looked at it
(unknown)   gift-card       1      -      -     by flo; in the log, not in the catalogue

ada    is here now: phone-b, then phone-a, and put phone-a into the cart 5 minutes ago
bob    bought phone-a yesterday
cleo   had a laptop in the cart 20 days ago
dan    bought a rake two hours ago
eve    looked at electronics last week, and had a phone in the cart
flo    looked at one thing, 40 days ago
"""

from __future__ import annotations

import numpy as np

from recommender.application.card import ModelCard
from recommender.domain.catalogue import CatalogueHistory, CategoryTree, Property, PropertyBatch
from recommender.domain.events import DAY, HOUR, MINUTE, EventType, InteractionLog
from recommender.domain.features import feature_names
from recommender.domain.index import Index
from recommender.domain.model import Model
from recommender.domain.ranking import LogisticRanker
from recommender.domain.retrieval import SOURCES

VIEW, CART, BUY = EventType

NOW = 1_431_000_000_000

TREE = {"electronics": None, "phones": "electronics", "laptops": "electronics", "garden": None}
CATEGORY = {
    "phone-a": "phones",
    "phone-b": "phones",
    "phone-c": "phones",
    "phone-d": "phones",
    "laptop-a": "laptops",
    "laptop-b": "laptops",
    "laptop-c": "laptops",
    "cable": "electronics",
    "rake": "garden",
    "hose": "garden",
    "seeds": "garden",
}
SOLD_OUT = "phone-d"


def ago(days: int = 0, hours: int = 0, minutes: int = 0) -> int:
    """So long before NOW."""
    return NOW - days * DAY - hours * HOUR - minutes * MINUTE


EVENTS = (
    (ago(days=40), "flo", VIEW, "gift-card"),
    (ago(days=20, minutes=9), "cleo", VIEW, "laptop-b"),
    (ago(days=20, minutes=5), "cleo", VIEW, "laptop-a"),
    (ago(days=20, minutes=4), "cleo", CART, "laptop-a"),
    (ago(days=20, minutes=1), "cleo", VIEW, "laptop-a"),
    (ago(days=7, minutes=9), "eve", VIEW, "cable"),
    (ago(days=7, minutes=7), "eve", VIEW, "phone-c"),
    (ago(days=7, minutes=6), "eve", VIEW, "phone-a"),
    (ago(days=7, minutes=5), "eve", CART, "phone-a"),
    (ago(days=2), "bob", VIEW, "phone-d"),
    (ago(days=1, minutes=9), "bob", VIEW, "phone-b"),
    (ago(days=1, minutes=8), "bob", VIEW, "phone-a"),
    (ago(days=1, minutes=5), "bob", BUY, "phone-a"),
    (ago(hours=2, minutes=9), "dan", VIEW, "hose"),
    (ago(hours=2, minutes=8), "dan", VIEW, "rake"),
    (ago(hours=2, minutes=7), "dan", CART, "rake"),
    (ago(hours=2, minutes=6), "dan", VIEW, "rake"),
    (ago(hours=2, minutes=1), "dan", BUY, "rake"),
    (ago(minutes=12), "ada", VIEW, "phone-a"),
    (ago(minutes=9), "ada", VIEW, "phone-b"),
    (ago(minutes=7), "ada", VIEW, "phone-a"),
    (ago(minutes=5), "ada", CART, "phone-a"),
)


def shop_log() -> InteractionLog:
    """What the shoppers did, up to five minutes ago."""
    return InteractionLog.of(*EVENTS)


def shop_catalogue() -> CatalogueHistory:
    """What the shop said: every category 60 days ago, and yesterday that one item is sold out."""
    rows = [(ago(days=60), item, Property.CATEGORY, category) for item, category in CATEGORY.items()]
    rows.append((ago(days=1), SOLD_OUT, Property.AVAILABLE, "0"))
    timestamp, item, kind, value = zip(*rows, strict=True)
    batch = PropertyBatch(
        np.array(timestamp, np.int64),
        np.array(item, np.object_),
        np.array(kind, np.int8),
        np.array(value, np.object_),
    )
    return CatalogueHistory.of(batch, CategoryTree.of(TREE))


def shop_index() -> Index:
    """Everything that was known five minutes ago."""
    return Index.fit(shop_log(), shop_catalogue(), SOURCES)


def ranker_of(index: Index, intercept: float = -3.0, **weights: float) -> LogisticRanker:
    """A ranker with weights by the names of features; all others are 0."""
    names = feature_names(index)
    return LogisticRanker(names, np.array([weights.get(name, 0.0) for name in names]), intercept)


def shop_model() -> Model:
    """Ranks what was popular lately and the shopper's own items first; a purchase is rarer than a look."""
    index = shop_index()
    purchase = ranker_of(index, -5.0, log_popularity_recent=1.0, own_carts=2.0)
    interaction = ranker_of(index, -2.0, log_popularity_recent=1.0, own_views=1.0)
    return Model(index, ("purchase", "interaction"), (purchase, interaction))


SHOP_CARD = ModelCard(
    goal="purchase",
    why_goal="it was asked for",
    seed=1,
    start=EVENTS[0][0],
    cut=ago(days=7),
    end=EVENTS[-1][0] + 1,
    events=len(EVENTS),
    users=6,
    items=12,
    fingerprint="5eed" * 8,
    sources=tuple(source.NAME for source in SOURCES),
    served="model",
    judged={"cases": 13, "rows": 130},
    lists={"popular": {"hit_rate@10": 0.25}, "model": {"hit_rate@10": 0.5, "mrr@10": 0.375}},
    scores={"model": {"average_precision": 0.4}},
    others={"interaction": {"cases": 20, "hit_rate@10": 0.75, "average_precision": 0.3}},
)
"""A card with invented figures, sources and counts being those of the shop."""
