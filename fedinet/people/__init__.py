"""What members note about people, whom they recommend, and whom they may not know yet."""
