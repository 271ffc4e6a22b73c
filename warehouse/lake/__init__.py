"""What is kept: Parquet files, the versions in them, and the one commit that changes them."""
