create view official_prices as select * from base.official_versions where known_to is null;
