"""How the server is: what is wrong and what to do about it, and figures over time."""
