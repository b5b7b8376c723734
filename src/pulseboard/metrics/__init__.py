"""Numbers: rollups kept by the writer, and the questions asked of them."""
