-- Accepted events that may be passed on.
from warehouse.main.corporate_actions where list_contains(getvariable('shareable'), source)
