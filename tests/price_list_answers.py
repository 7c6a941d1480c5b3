"""Answers in the shape of the AWS Price List's GetProducts, with few attributes."""

from __future__ import annotations

import json
from typing import Any


def product(usage_type: str, *tiers: tuple[str, str, str], sku: str = "AAAA1111BBBB2222") -> str:
    """Make one product: tiers are begin, end and USD for one unit."""
    term, rate = f"{sku}.JRTCKXETXF", f"{sku}.JRTCKXETXF.6YS6EN2CT7"
    dimensions = {
        f"{rate}{number}": {
            "unit": "GB-Hours",
            "beginRange": begin,
            "endRange": end,
            "description": f"${usd} for each unit",
            "appliesTo": [],
            "rateCode": f"{rate}{number}",
            "pricePerUnit": {"USD": usd},
        }
        for number, (begin, end, usd) in enumerate(tiers)
    }
    content: dict[str, Any] = {
        "product": {
            "productFamily": "Compute",
            "attributes": {"regionCode": "us-east-1", "usagetype": usage_type},
            "sku": sku,
        },
        "serviceCode": "AmazonECS",
        "terms": {
            "OnDemand": {
                term: {
                    "priceDimensions": dimensions,
                    "sku": sku,
                    "effectiveDate": "2026-10-01T00:00:00Z",
                    "offerTermCode": "JRTCKXETXF",
                    "termAttributes": {},
                }
            }
        },
        "version": "20261101000000",
        "publicationDate": "2026-11-01T00:00:00Z",
    }
    return json.dumps(content)
