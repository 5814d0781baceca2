"""The community's own emoji: stewards add, sort and delete them; everybody may read them."""
