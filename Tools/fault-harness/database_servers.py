"""An aggregator whose store is in a database: its cache may be lost, and it may find no database for a while."""

import shutil

from database import DatabaseServer, DatabaseStore
from servers import Server, free_port


class DatabaseBackedServer(Server):
    """One process of an aggregator with its store in a database."""

    def __init__(self, database: DatabaseServer, populus: str, role: str, folder, clock, number: int = 0) -> None:
        """One process; with a number it is that one of several of its role, which know of each other."""
        super().__init__(populus, role, folder, False, clock, name_of(role, number))
        self.database = database
        self.cache = self.folder / "cache"
        # Where the others of its role reach it, after a restart too.
        self.internal = f"127.0.0.1:{free_port()}" if number else ""

    def store_words(self) -> list:
        return ["--store", self.database.uri(self.role)]

    def cache_words(self) -> list:
        return ["--cache", self.cache, *(["--internal-listen", self.internal] if self.internal else [])]

    def records(self) -> DatabaseStore:
        return DatabaseStore(self.database, self.role)

    def prepare(self, fault) -> None:
        if fault.kind == "lose-cache":
            self.events["lose-cache"] += 1
            shutil.rmtree(self.cache, ignore_errors=True)

    def may_wait(self, said: str) -> bool:
        """Whether a start may fail for now: the database is away, or has not noticed yet that the process before is gone."""
        return any(words in said for words in ("cannot be reached", "another process", "not known")) or (
            self.database.is_down or self.database.is_filled or super().may_wait(said))


def name_of(role: str, number: int) -> str:
    """What a process is called: one of several, counted from 1, or the only one of its role."""
    return f"{role}-{number}" if number else role
