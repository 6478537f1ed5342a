"""One new record against what a run holds: signed, keyed, weighed and placed by what the stages do, without a scan."""

from matchers.realtime.keys import Key, keys_of, keys_of_each
from matchers.realtime.pairing import Pricing
from matchers.realtime.region import Placed, Region, place
from matchers.realtime.signing import Signed, clean, folded, sign_each, sign_one
from matchers.realtime.stars import Ties, stars_of, ties_of
from matchers.realtime.wary import cautions_of
from matchers.realtime.weights import Weigher, Weight, forgetful, grades_of, levels_of, weigh, weigh_places, weigher

__all__ = [
    "Key", "Placed", "Pricing", "Region", "Signed", "Ties", "Weigher", "Weight", "cautions_of", "clean", "folded",
    "forgetful", "grades_of", "keys_of", "keys_of_each", "levels_of", "place", "sign_each", "sign_one", "stars_of",
    "ties_of", "weigh", "weigh_places", "weigher",
]  # fmt: skip
