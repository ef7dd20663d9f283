"""Kubernetes' own types, as its Python client has them, say whether a manifest is one; no cluster is asked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def lost(given: Any, understood: Any, at: str = "") -> list[str]:
    """The places of what was given and not understood."""
    if isinstance(given, dict) and isinstance(understood, dict):
        return [place for key, value in given.items() for place in lost(value, understood.get(key), f"{at}.{key}")]
    if isinstance(given, list) and isinstance(understood, list) and len(given) == len(understood):
        return [
            place for k, pair in enumerate(zip(given, understood, strict=True)) for place in lost(*pair, f"{at}[{k}]")
        ]
    return [] if given == understood else [at]


def rows(path: Path) -> Iterator[tuple[str, str, bool]]:
    """For each document of a file what its type makes of it: every field must be known, and all that are due be there."""
    import yaml
    from kubernetes import client

    api = client.ApiClient()
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        group, _, version = document["apiVersion"].rpartition("/")
        kind = f"{version.capitalize()}{document['kind']}"
        try:
            wrong = lost(document, api.sanitize_for_serialization(api.deserialize(json.dumps(document), kind, None)))
        except ValueError as error:
            wrong = [str(error)]
        yield f"{path.name}: {group or 'core'} {kind}", "valid" if not wrong else "; ".join(wrong), not wrong
