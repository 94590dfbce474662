"""The demo song with its exact truth, its release and its sales: what the tour and the lessons work on."""

from maxbooster_kernel.demo.release import release, release_of
from maxbooster_kernel.demo.sales import sales, splits, terms, write_sales
from maxbooster_kernel.demo.song import INSTRUMENTS, DemoSong, make, render
from maxbooster_kernel.demo.truth import truth

__all__ = [
    "INSTRUMENTS",
    "DemoSong",
    "make",
    "release",
    "release_of",
    "render",
    "sales",
    "splits",
    "terms",
    "truth",
    "write_sales",
]
