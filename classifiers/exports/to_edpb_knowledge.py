"""Knowledge base of the EDPB website auditing tool: JSON of what each cookie and storage key is."""

from __future__ import annotations

import json

from classifiers.declaration import Declaration, DeclaredItem, Technology
from classifiers.exports.base import Export, purpose_of
from classifiers.exports.to_yaml import lifetime_words

_KINDS = {Technology.COOKIE: "cookie", Technology.LOCAL_STORAGE: "localstorage"}
_AUTHOR = "Consentinel"


class ToEdpbKnowledge(Export):
    format = "edpb"
    title = "EDPB website auditing tool knowledge base"

    def render(self, declaration: Declaration) -> str:
        """Items of other kinds are left out: the knowledge base has no kind for them."""
        knowledges = [
            _knowledge(declaration, item, domain)
            for item in declaration.items
            if item.technology in _KINDS
            for domain in item.domains or ("",)
        ]
        base = {
            "name": declaration.service or "Declared items",
            "author": _AUTHOR,
            "category": "declaration",
            "knowledges": knowledges,
        }
        return json.dumps([base], indent=2, ensure_ascii=False) + "\n"


def _knowledge(declaration: Declaration, item: DeclaredItem, domain: str) -> dict[str, str]:
    lifetime = lifetime_words(item.lifetime)
    kept = f"{lifetime} seconds" if isinstance(lifetime, int | float) else lifetime
    comment = "; ".join(part for part in (item.description, f"kept: {kept}" if kept else None) if part)
    return {
        "kind": _KINDS[item.technology],
        "domain": domain,
        "name": item.name,
        "category": purpose_of(declaration, item).value,
        "source": _source(declaration),
        "controller": item.provider or declaration.controller or "",
        "policy": item.source_url or "",
        "reference": item.category_text or item.category or "",
        "comment": comment,
    }


def _source(declaration: Declaration) -> str:
    source = declaration.source
    return (source.url or source.file or source.kind) if source else "declaration"
