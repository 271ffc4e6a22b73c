-- Movers of a whole market by official sources that may be passed on.
from warehouse.main.market_movers where list_contains(getvariable('shareable'), source)
