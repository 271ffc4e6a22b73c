select warehouse_version, built_at from about
