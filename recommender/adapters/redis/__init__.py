"""What several servers share, in Redis or Valkey."""

from recommender.adapters.redis.memory import RedisMemory

__all__ = ["RedisMemory"]
