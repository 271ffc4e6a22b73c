-- Counts of a whole market by official sources that may be passed on.
from warehouse.main.market_breadth where list_contains(getvariable('shareable'), source)
