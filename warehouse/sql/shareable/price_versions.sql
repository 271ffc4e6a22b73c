-- Versions of bars that may be passed on.
from warehouse.main.price_versions where list_contains(getvariable('shareable'), source)
