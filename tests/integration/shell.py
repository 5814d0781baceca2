"""The command line, run in the test's own process."""

import json
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner, Result

from fedinet.__main__ import cli


@dataclass(frozen=True, slots=True)
class Shell:
    """The command line in this process, on a database of the test's own."""

    data: Path
    database_url: str

    def run(self, *words: str, stdin: str = "") -> Result:
        environ = {"DATABASE_URL": self.database_url, "FEDINET_DATA": str(self.data)}
        return CliRunner().invoke(cli, words, input=stdin, env=environ)

    def facts(self, *words: str, stdin: str = "") -> dict[str, object]:
        """Run a command that succeeds, and read what it says to scripts."""
        done = self.run(*words, "--json", stdin=stdin)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)
