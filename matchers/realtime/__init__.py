"""One new record against what a run holds: signed, keyed, weighed and placed by what the stages do, without a scan."""

from matchers.realtime.keys import Key, keys_of
from matchers.realtime.pairing import Pricing
from matchers.realtime.region import Placed, Region, place
from matchers.realtime.signing import Signed, clean, sign_one
from matchers.realtime.wary import caution_of
from matchers.realtime.weights import Weigher, Weight, levels_of, weigh, weigher

__all__ = [
    "Key", "Placed", "Pricing", "Region", "Signed", "Weigher", "Weight", "caution_of", "clean", "keys_of", "levels_of",
    "place", "sign_one", "weigh", "weigher",
]  # fmt: skip
