"""The decoders of consent signals live in `crawler.signals`, because witnesses of a choice need them too."""

from crawler.signals import *  # noqa: F403 - the whole point: one set of decoders, two layers that read them
from crawler.signals import __all__ as __all__
