"""Everything that is planted before the first day."""

from dataclasses import dataclass

from recommender.adapters.sample.bots import Bots, count_bots, plan_bots
from recommender.adapters.sample.catalogue import Catalogue, stock_catalogue
from recommender.adapters.sample.popularity import Popularity, draw_popularity
from recommender.adapters.sample.settings import SampleShop
from recommender.adapters.sample.shelf import Shelf, set_out
from recommender.adapters.sample.streams import Streams
from recommender.adapters.sample.tree import CategoryTree, plant_tree
from recommender.adapters.sample.visitors import Visitors, Visits, gather_visitors, plan_visits


@dataclass(frozen=True)
class World:
    """A shop that waits for its first day. Items, visitors and leaves are rows; only the files know ids."""

    shop: SampleShop
    tree: CategoryTree
    catalogue: Catalogue
    popularity: Popularity
    visitors: Visitors
    visits: Visits
    bots: Bots

    def shelf(self, day: int) -> Shelf:
        """What can be clicked on a day."""
        return set_out(self.shop, self.catalogue, self.popularity, self.tree, day)


def plant_world(shop: SampleShop, streams: Streams) -> World:
    """The tree, the items and all who will come."""
    tree = plant_tree(shop.items, streams.tree)
    catalogue = stock_catalogue(shop, tree, streams.items)
    popularity = draw_popularity(shop, catalogue, streams.popularity)
    opening = set_out(shop, catalogue, popularity, tree, 0)
    visitors = gather_visitors(shop, opening, streams.visitors)
    visits = plan_visits(shop, visitors, count_bots(shop), streams.visits)
    return World(shop, tree, catalogue, popularity, visitors, visits, plan_bots(shop, streams.bots))
