"""Mail to members: a durable queue, one set of texts for plain and HTML, and the ways out."""
