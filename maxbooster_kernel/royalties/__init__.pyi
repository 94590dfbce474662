from .eligibility import Eligibility as Eligibility
from .eligibility import min_streams_12m as min_streams_12m
from .engine import run as run
from .importer import Imported as Imported
from .importer import import_sales as import_sales
from .rates import PriceBook as PriceBook
from .rates import price_book as price_book
from .result import RoyaltyResult as RoyaltyResult
