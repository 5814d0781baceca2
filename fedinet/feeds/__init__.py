"""What is public, for readers without an account: RSS, Atom, and posts to be embedded."""
