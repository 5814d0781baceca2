"""What a hash costs whoever guesses, and that nobody's costs the same."""

from argon2 import PasswordHasher, extract_parameters

from fedinet.accounts.passwords import Passwords


class Recorder(PasswordHasher):
    """Keeps what it was asked to compare, and does so."""

    asked: list[str]

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # its name
        self.asked.append(str(hash))
        return super().verify(hash, password)


async def test_a_hash_takes_memory_and_rounds() -> None:
    """Source: OWASP's cheat sheet of 2024 asks for 19 MiB and 2 rounds, or more."""
    made = extract_parameters(await Passwords().hash("correct horse"))
    assert made.type.name == "ID"
    assert made.memory_cost >= 19 * 1024
    assert made.time_cost >= 2
    assert made.salt_len >= 16


async def test_an_unknown_name_costs_the_same_work() -> None:
    hasher = Recorder()
    hasher.asked = []
    passwords = Passwords(hasher)
    real = await passwords.hash("correct horse")
    assert not await passwords.check("wrong", real)
    assert not await passwords.check("wrong", None)
    assert not await passwords.check("correct horse", None)
    assert await passwords.check("correct horse", real)
    known, unknown, *_ = map(extract_parameters, hasher.asked)
    assert known == unknown
    assert len(hasher.asked) == 4
