"""What a community says of itself: house rules, a longer description, privacy and terms."""
