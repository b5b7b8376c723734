"""What people put together for themselves: saved views and named walls."""
