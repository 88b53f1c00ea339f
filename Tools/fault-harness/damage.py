"""What happens to an aggregator's machine: its store's files are hurt, its clock is another, its disk is full."""

import contextlib
import os
import pathlib
import shutil
import sqlite3
import subprocess

PARTS = ("", "-wal", ".uploads", ".segments")

# What no other party's message would show to be wrong: a column of bytes, and whether it is that itself which is hurt or the
# numbers that follow it in its row.
ROWS = (("batch_bucket", "share", False), ("batch_bucket", "checksum", True), ("job", "sum", False),
        ("job", "checksum", True), ("job", "live", False), ("report", "report_id", True), ("report", "report_id", False),
        ("step", "parameter", False), ("resource", "response", False), ("resource", "request_digest", True),
        ("walk", "batch_selector", True), ("incarnation", "incarnation_id", True), ("selected_batch", "parameter", True))

CLOCK = r"""
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long ahead;
__attribute__((constructor)) static void read_ahead(void) {
    const char *text = getenv("FAULTS_CLOCK_AHEAD");
    ahead = text ? atol(text) : 0;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
    long result = syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += ahead;
    return result;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    now->tv_sec = time.tv_sec;
    now->tv_usec = time.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *now) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    if (now) *now = time.tv_sec;
    return time.tv_sec;
}
"""


def make_clock(folder: pathlib.Path) -> pathlib.Path | None:
    """A library that puts a process's clock off by FAULTS_CLOCK_AHEAD seconds; nothing where there is no C compiler."""
    compiler = next((found for name in ("clang", "cc", "gcc") if (found := shutil.which(name))), None)
    if compiler is None:
        return None
    source, library = folder / "clock.c", folder / "clock.so"
    source.write_text(CLOCK)
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", library, source]
    # What a compiler leaves behind when it is killed goes with the folder.
    made = subprocess.run(command, capture_output=True, check=False, env=os.environ | {"TMPDIR": str(folder)})
    return library if made.returncode == 0 else None


class Disk:
    """A disk in memory for one store. Needs a mount namespace of its own: `Tools/faults` enters one where it may."""

    SIZE = 96 << 20

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder, self.ballast = folder, folder / "ballast"
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.SIZE}", "tmpfs", folder], check=True)

    def fill(self) -> None:
        """Takes all room that is left."""
        with contextlib.suppress(OSError), open(self.ballast, "wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(size))

    def free(self) -> None:
        self.ballast.unlink(missing_ok=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", self.folder], check=False)


def store_files(store: pathlib.Path) -> dict[str, bytes]:
    """Every file of a store that outlives its process, by its name after the store's."""
    found = {}
    for part in PARTS:
        path = store.with_name(store.name + part)
        if path.is_dir():
            found |= {f"{part}/{file.name}": file.read_bytes() for file in sorted(path.iterdir()) if file.is_file()}
        elif path.exists():
            found[part] = path.read_bytes()
    return found


def hurt(store: pathlib.Path, fault) -> str | None:
    """Turns a bit of one file of a store or cuts its end off, as planned; says what was done."""
    files = [(name, data) for name, data in store_files(store).items() if data]
    if not files:
        return None
    name, data = files[int(fault.part * len(files))]
    place, of_row = int(fault.place * len(data)), None
    if fault.detail == "turn-row":
        name, data = "", store.read_bytes()
        place, of_row = row_place(store, data, fault)
    path = store.with_name(store.name + name.split("/")[0])
    path = path / name.split("/", 1)[1] if "/" in name else path
    with open(path, "r+b") as file:
        if fault.detail == "truncate":
            file.truncate(place)
        else:
            file.seek(place)
            file.write(bytes([data[place] ^ 1 << place % 8]))
    what = f" ({of_row})" if of_row else ""
    return f"{fault.detail} of {fault.role}'s {name or 'database'} at byte {place} of {len(data)}{what}"


def row_place(store: pathlib.Path, data: bytes, fault) -> tuple[int, str | None]:
    """A byte of a row that sums, bindings or parameters are in, and of which column it is; else any byte."""
    found = []
    with contextlib.closing(sqlite3.connect(f"file:{store}?immutable=1", uri=True)) as file:
        for table, column, follows in ROWS:
            # Without its log the database may be in between two states.
            with contextlib.suppress(sqlite3.Error):
                query = f"SELECT {column} FROM {table} WHERE length({column}) >= 8"
                found += [(f"{'after ' * follows}{table}.{column}", bytes(value[:64]), follows)
                          for value, in file.execute(query)]
    # Every column alike, however many rows it has.
    names = sorted({name for name, _, _ in found})
    if not names:
        return int(fault.place * len(data)), None
    name = names[int(fault.part * len(names))]
    rows = [(value, follows) for of, value, follows in found if of == name]
    value, follows = rows[int(fault.place * len(rows))]
    start = data.find(value)
    if start < 0:
        return int(fault.place * len(data)), None
    digit = int(fault.place * 1000) % 1000
    return min(len(data) - 1, start + (len(value) + digit % 8 if follows else digit % len(value))), name


class Backup:
    """A store's files as they were before they were hurt."""

    def __init__(self, store: pathlib.Path) -> None:
        self.store, self.files = store, store_files(store)

    def restore(self) -> None:
        for part in (*PARTS, "-shm"):
            path = self.store.with_name(self.store.name + part)
            if path.is_dir():
                for file in path.iterdir():
                    file.unlink()
            else:
                path.unlink(missing_ok=True)
        for name, data in self.files.items():
            folder, _, file = name.partition("/")
            path = self.store.with_name(self.store.name + folder)
            path = path / file if file else path
            path.write_bytes(data)
            path.chmod(0o600)
