"""Ids in paths: f"/users/{USER_ID}" takes whatever follows, slashes and line breaks too.

Starlette's own `path` takes no line break: `/users/ada%0A` would be ada's, and `/users/a%0Ada` nobody's.
"""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor


class IdConvertor(Convertor[str]):
    """Any text; whether it is an id is for the route to say, in a problem document."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        """The text itself."""
        return value

    def to_string(self, value: str) -> str:
        """The text itself."""
        return value


register_url_convertor("id", IdConvertor())

USER_ID = "{user_id:id}"
ITEM_ID = "{item_id:id}"
