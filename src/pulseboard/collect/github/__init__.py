"""What is particular to GitHub."""
