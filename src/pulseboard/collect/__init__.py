"""Everything by which runs come in: doors, normalising, merging, the one writer."""
