#!/usr/bin/env python3
"""Builds the C library where it is not built, and checks it.

usage: check.py SCRATCH NAME...

SCRATCH is the folder that Swift builds this package in. NAMEs are of:

  release        what the shared library needs, shows and weighs; what pkg-config says; licences
  static         the example in C, linked with the static library alone
  calls          every function; task files that are none
  answers        known answers of every VDAF and of HPKE
  crashes        a queue that is killed, or whose disk is full, at each call
  address        `calls` under AddressSanitizer
  speed          microseconds for a report of 256 bits, and for sharding alone
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import tasks

HERE = pathlib.Path(__file__).resolve().parent
TOOL, ROOT = HERE.parent, HERE.parent.parent.parent
PUBLIC_KEY = bytes.fromhex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d")
#: A release's greatest size, stripped.
MOST_BYTES = 12_000_000


def run(*command, **more) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-4000:]}{done.stderr[-6000:]}")
    return done.stdout


def want(condition: bool, words: str) -> None:
    if not condition:
        sys.exit(words)


class Check:
    def __init__(self, scratch: pathlib.Path, folder: pathlib.Path):
        self.scratch, self.folder = scratch, folder
        # The paths of strings are bytes; no table of 2 MB is made at the start of each process.
        self.write("task.json", tasks.client_file("Poplar1", {"bits": 256}, "bytes"))
        self.write("url.json", tasks.client_file("Poplar1", {"bits": 256}, "url-1"))
        self.write("leader.keys", tasks.keys(PUBLIC_KEY, 1))
        self.write("helper.keys", tasks.keys(PUBLIC_KEY, 2))
        self.given = [str(folder / name) for name in ("task.json", "leader.keys", "helper.keys")]

    def write(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    def built(self, variant: str) -> pathlib.Path:
        return pathlib.Path(run(TOOL / "build", "--scratch", self.scratch, "--variant", variant).strip())

    def pkg_config(self, library: pathlib.Path, *options: str) -> list[str]:
        environment = {**os.environ, "PKG_CONFIG_LIBDIR": str(library / "lib/pkgconfig")}
        return run("pkg-config", *options, "populus_client", env=environment).split()

    def program(self, variant: str, compiler: str = "cc", *options: str) -> pathlib.Path:
        """The program of the checks, linked with a variant."""
        library, program = self.built(variant), self.folder / f"check-{variant}"
        words = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-g", *options]
        sources = [HERE / name for name in ("check.c", "calls.c", "mangled.c")]
        linked = self.pkg_config(library, "--cflags", "--static", "--libs") + ["-lpthread"]
        run(compiler, *words, *sources, *linked, f"-Wl,-rpath,{library / 'lib'}", "-o", program)
        return program

    def release(self) -> None:
        library = self.built("release")
        shared = library / "lib/libpopulus_client.so"
        header = re.sub(r"/\*.*?\*/", "", (TOOL / "include/populus_client.h").read_text(), flags=re.DOTALL)
        wanted = sorted(set(re.findall(r"\b(populus_client_\w+)\(", header)))
        want(len(wanted) > 15, f"the header has {wanted}")
        needed = run("ldd", shared)
        want("libc.so" in needed and "libswift" not in needed and "Foundation" not in needed, needed)
        for file, options in [(shared, ["-D"]), (library / "lib/libpopulus_client.a", [])]:
            shown = run("nm", "--defined-only", "--extern-only", *options, file).splitlines()
            names = sorted(line.split()[2] for line in shown if len(line.split()) == 3)
            want(names == wanted, f"{file.name} shows {names[:30]}, and the header has {wanted}")
        size = shared.stat().st_size
        want(size <= MOST_BYTES, f"the shared library has {size} bytes")
        want(".symtab" not in run("readelf", "-SW", shared), "the shared library is not stripped")
        version = re.search(r'number = "(.*)"', (ROOT / "Sources/populus/Version.swift").read_text())
        want(self.pkg_config(library, "--modversion") == [version and version.group(1)], "pkg-config: other version")
        for owner in ("Populus", "Swift", "swift-crypto"):
            found = [file for file in library.glob(f"share/doc/*/licences/{owner}/*") if file.stat().st_size > 500]
            want(bool(found), f"the licence of {owner} is missing")
        print(f"{size} bytes; {len(wanted)} functions")

    def static(self) -> None:
        """In a folder that has no shared library: then nothing of it can be at work."""
        library = self.folder / "static"
        shutil.copytree(self.built("release"), library, ignore=shutil.ignore_patterns("*.so*"))
        program = self.folder / "report"
        linked = self.pkg_config(library, "--cflags", "--static", "--libs")
        run("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", TOOL / "examples/report.c", *linked, "-o", program)
        want("libpopulus" not in run("ldd", program), "the program needs the shared library")
        made = run(program, "make", self.folder / "url.json", *self.given[1:], self.folder / "reports",
                   input="https://example.org/a\nhttps://example.org/b\n")
        want(made.count("curl ") == 1 and (self.folder / "reports.0").stat().st_size > 20_000, made)

    def calls(self) -> None:
        self.run_calls(self.program("testing"))

    def run_calls(self, program: pathlib.Path) -> None:
        for task in ("task.json", "url.json"):
            given = [self.folder / task, *self.given[1:]]
            run(program, "calls", *given, self.folder / f"queue-{program.name}-{task}")
            run(program, "mangled", *given)

    def answers(self) -> None:
        library = self.built("testing") / "lib/libpopulus_client.so"
        folders = [ROOT / "Vectors"] + [path for path in [ROOT / "../shared/vectors"] if path.is_dir()]
        print(run(HERE / "known_answers.py", library, *folders).strip())

    def crashes(self) -> None:
        program, interrupt = self.program("testing"), self.folder / "interrupt.so"
        run("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", HERE / "interrupt.c", "-ldl", "-o",
            interrupt)
        print(run(HERE / "crashes.py", program, interrupt, *self.given, self.folder / "queue").strip())

    def address(self) -> None:
        program = self.program("address", "clang", "-fsanitize=address", "-fno-omit-frame-pointer")
        self.run_calls(program)

    def speed(self) -> None:
        library = self.built("testing") / "lib/libpopulus_client.so"
        print(run(HERE / "speed.py", library, self.folder / "task.json", *self.given[1:]).strip())


def main() -> None:
    scratch, names = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    with tempfile.TemporaryDirectory(prefix="populus-c-client.") as folder:
        check = Check(scratch, pathlib.Path(folder))
        for name in names:
            if name not in ("release", "static", "calls", "answers", "crashes", "address", "speed"):
                sys.exit(f"no check is called {name}")
            getattr(check, name)()
            print(f"{name}: as it should be")


if __name__ == "__main__":
    main()
