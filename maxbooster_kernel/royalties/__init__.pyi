from .engine import run as run
from .rates import PriceBook as PriceBook
from .rates import price_book as price_book
from .result import RoyaltyResult as RoyaltyResult
