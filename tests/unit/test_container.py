from __future__ import annotations

from pathlib import Path

import pytest
from dependency_injector import errors
from fakes.events import MIDNIGHT, batch_of, users, views
from fakes.progress import FakeProgress
from worlds import NOW, SHOP_CARD, shop_model

from recommender.adapters.memory import ProcessMemory
from recommender.adapters.redis import RedisMemory
from recommender.adapters.s3 import S3BlobStore
from recommender.adapters.sklearn import BoostedTrainer, LogisticTrainer
from recommender.application.compact import Compact
from recommender.application.evaluate import Evaluate
from recommender.application.forget import Forget
from recommender.application.ingest import Ingest
from recommender.application.recommend import Request
from recommender.application.reproduce import Reproduce
from recommender.application.serving import Serving
from recommender.application.train import Train
from recommender.container import Container
from recommender.domain.errors import InvalidSettings, NoModelPublished
from recommender.domain.events import DAY
from recommender.domain.retrieval import SOURCES
from recommender.settings import Settings


def container(folder: Path, **settings: object) -> Container:
    return Container(
        settings=Settings.model_validate({"storage_url": folder.as_uri()} | settings), progress=FakeProgress()
    )


def test_everything_can_be_built_and_building_it_stores_nothing(tmp_path: Path) -> None:
    built = {name: provider() for name, provider in container(tmp_path / "shop").providers.items()}
    assert isinstance(built["serving"], Serving)
    assert isinstance(built["train"], Train)
    assert isinstance(built["ingest"], Ingest)
    assert isinstance(built["compact"], Compact)
    assert isinstance(built["forget"], Forget)
    assert isinstance(built["evaluate"], Evaluate)
    assert isinstance(built["reproduce"], Reproduce)
    assert not (tmp_path / "shop").exists()


def test_all_use_cases_share_the_stores(tmp_path: Path) -> None:
    one = container(tmp_path)
    assert one.train().events is one.ingest().events is one.reproduce().events
    assert one.train().catalogue is one.ingest().catalogue
    assert one.compact().events is one.train().events
    assert one.compact().forgotten is one.forget().forgotten is one.forgotten()
    assert one.train().models is one.reproduce().models is one.models()


def test_who_is_forgotten_is_not_read_from_the_log(tmp_path: Path) -> None:
    one = container(tmp_path)
    one.events().append(batch_of(*views(MIDNIGHT, MIDNIGHT)))
    one.forget()(["a"])
    assert users(one.events()) == ["b"]


def test_two_containers_share_nothing(tmp_path: Path) -> None:
    assert container(tmp_path).models() is not container(tmp_path).models()


def test_training_asks_every_source(tmp_path: Path) -> None:
    assert container(tmp_path).fit().sources == SOURCES


def test_what_is_judged_is_learnt_as_what_is_published(tmp_path: Path) -> None:
    train = container(tmp_path).train()
    assert train.evaluate.trainers is train.trainers
    assert train.evaluate.fit == train.fit


def test_what_is_served_is_another_kind_of_ranker_than_its_baseline(tmp_path: Path) -> None:
    trainers = container(tmp_path).trainers()
    assert isinstance(trainers.ranker, BoostedTrainer)
    assert isinstance(trainers.baseline, LogisticTrainer)


def test_what_is_stored_is_below_the_storage_url(tmp_path: Path) -> None:
    one = container(tmp_path / "shop")
    version = one.models().publish(shop_model(), SHOP_CARD, {}, NOW)
    assert (tmp_path / "shop/models" / version / "manifest.json").is_file()


def test_what_is_stored_in_s3_goes_to_its_bucket_and_nothing_is_asked_before(tmp_path: Path) -> None:
    one = container(tmp_path, storage_url="s3://bucket/shop", cache_dir=tmp_path / "cache")
    assert isinstance(one.blobs(), S3BlobStore)
    assert one.train().models is one.models()
    assert list(tmp_path.iterdir()) == []


def test_what_shoppers_do_just_now_is_remembered_here_or_in_redis(tmp_path: Path) -> None:
    assert isinstance(container(tmp_path).memory(), ProcessMemory)
    assert container(tmp_path).live().refill is not None
    shared = container(tmp_path, memory_url="redis://nowhere:6379/0")
    assert isinstance(shared.memory(), RedisMemory)
    assert shared.live().refill is None


def test_where_no_events_are_taken_there_is_no_memory(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="RECOMMENDER_MEMORY_URL"):
        container(tmp_path, memory_url="none").live()


def test_the_days_of_the_settings_reach_the_rule(tmp_path: Path) -> None:
    one = container(tmp_path, just_bought_days=0.5)
    models, serving = one.models(), one.serving()
    models.promote(models.publish(shop_model(), SHOP_CARD, {}, NOW), None)
    serving.follow()
    assert serving.served.recommend.bought_within == DAY // 2
    bought_yesterday = serving.served.recommend(Request(user_id="bob", n=100), NOW).recommendations
    assert "phone-a" in {each.item_id for each in bought_yesterday}


def test_nothing_is_served_before_it_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(NoModelPublished):
        _ = container(tmp_path).serving().served


def test_settings_must_be_settings() -> None:
    with pytest.raises(errors.Error, match="is not an instance"):
        Container(settings="file:shop", progress=FakeProgress()).models()


def test_a_container_without_progress_can_serve_but_not_train(tmp_path: Path) -> None:
    one = Container(settings=Settings(storage_url=tmp_path.as_uri()))
    assert isinstance(one.serving(), Serving)
    with pytest.raises(errors.Error, match="progress"):
        one.train()
