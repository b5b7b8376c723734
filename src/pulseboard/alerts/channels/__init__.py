"""The kinds of channels: each renders a message its own way and says what became of it."""
