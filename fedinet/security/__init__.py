"""How members prove that it is them: second step, recovery codes, and the one door."""
