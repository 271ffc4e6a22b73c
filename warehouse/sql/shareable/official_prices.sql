-- Lines of official sources that may be passed on.
from warehouse.main.official_prices where list_contains(getvariable('shareable'), source)
