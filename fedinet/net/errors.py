"""What a request to another server can end in, beyond not being answered. Pure."""

from fedinet.kernel.errors import Malformed


class Blocked(Malformed):
    """The address is one we do not connect to. Trying again will not help."""

    public = "This address is not allowed"


class TooLarge(Malformed):
    """The answer is longer than the caller is willing to read."""

    public = "The other server's answer is too large"
