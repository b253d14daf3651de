"""A paper's content as text: the same content is the same text, so that its hash tells whether it was changed."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any


def as_text(content: Mapping[str, Any]) -> str:
    """JSON with its names in order and nothing between."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_of(text: str) -> str:
    """SHA-256."""
    return sha256(text.encode()).hexdigest()
