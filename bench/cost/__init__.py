"""What row counts cost: the parts of `bench.rows_cost`."""
