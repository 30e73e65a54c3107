"""The payload decoders that exist."""

from classifiers.decoders.adobe_analytics import AdobeAnalytics
from classifiers.decoders.base import Decoder
from classifiers.decoders.criteo import Criteo
from classifiers.decoders.google_items import GoogleItems
from classifiers.decoders.query_strings import QueryStrings

DECODERS: tuple[type[Decoder], ...] = (AdobeAnalytics, Criteo, GoogleItems, QueryStrings)
