"""fedinet: a small self-hosted server for communities that speaks ActivityPub."""

__version__ = "0.1.0"
