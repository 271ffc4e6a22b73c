"""The facts as they are shipped, loaded once for all tests that do not bring their own."""

from warehouse.facts.market import Facts

FACTS = Facts.load()
HK, CN = FACTS.market("HK"), FACTS.market("CN")
