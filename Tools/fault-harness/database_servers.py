"""An aggregator whose store is in a database: its cache may be lost, and it may find no database for a while."""

import shutil

from database import DatabaseServer, DatabaseStore
from servers import Server


class DatabaseBackedServer(Server):
    """One aggregator with its store in a database."""

    def __init__(self, database: DatabaseServer, populus: str, role: str, folder, clock) -> None:
        super().__init__(populus, role, folder, False, clock)
        self.database = database
        self.cache = self.folder / "cache"

    def store_words(self) -> list:
        return ["--store", self.database.uri(self.role)]

    def cache_words(self) -> list:
        return ["--cache", self.cache]

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
