"""The steps of `build`: each makes one file, and is left out where nothing that it depends on has changed."""

import concurrent.futures
import dataclasses
import functools
import hashlib
import json
import pathlib
import subprocess
import sys
from typing import NoReturn


def fail(words: str) -> NoReturn:
    sys.exit(f"error: {words}")


def run(command: list) -> str:
    """Runs a program that must succeed; its output."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except FileNotFoundError:
        fail(f"there is no {words[0]}: Swift 6.3 and Debian's binutils are needed")
    if done.returncode != 0:
        raise BuildError(f"{words[0]} failed:\n{(done.stdout + done.stderr)[-6000:]}")
    return done.stdout


class BuildError(Exception):
    """A program failed, in its words."""


def digest(files: list[pathlib.Path], words: str = "") -> str:
    """Names the bytes of files, and some words."""
    total = hashlib.sha256(words.encode())
    for file in files:
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


@functools.cache
def compiler() -> str:
    return run(["swiftc", "--version"]) + run(["clang", "--version"])


def swift_runtime() -> pathlib.Path:
    """The folder of Swift's static libraries."""
    paths = json.loads(run(["swiftc", "-static-stdlib", "-print-target-info"]))["paths"]
    return pathlib.Path(paths["runtimeResourcePath"])


@dataclasses.dataclass
class Object:
    """A file to be compiled: by what, from what, and where it depends on."""

    output: pathlib.Path
    command: list
    inputs: list[pathlib.Path]

    def make(self) -> None:
        words = " ".join(str(word) for word in self.command) + compiler()
        now, mark = digest(self.inputs, words), self.output.with_suffix(".digest")
        if self.output.exists() and mark.exists() and mark.read_text() == now:
            return
        self.output.parent.mkdir(parents=True, exist_ok=True)
        mark.unlink(missing_ok=True)
        run(self.command)
        mark.write_text(now)


def all_of(files: list[Object], modules: list[Object]) -> None:
    """Makes all, two at a time; the modules are made one after the other, as each needs those before it."""

    def in_order() -> None:
        for module in modules:
            module.make()

    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as workers:
        made = [workers.submit(in_order)] + [workers.submit(file.make) for file in files]
        try:
            for one in concurrent.futures.as_completed(made):
                one.result()
        except BuildError as error:
            workers.shutdown(cancel_futures=True)
            fail(str(error))


# C and C++. Nothing of it can be seen outside the library, and what is not called is left out.
COMMON = ["-O2", "-DNDEBUG", "-fPIC", "-fvisibility=hidden", "-ffunction-sections", "-fdata-sections"]
C = ["-std=c11", "-Wall", "-Wextra", "-Werror"]
CXX = ["-std=c++17", "-fno-exceptions", "-fno-rtti"]
# Without frames of its own what AddressSanitizer tells has no callers.
ADDRESS = ["-fsanitize=address", "-fno-omit-frame-pointer", "-O1"]


def compiled(
    source: pathlib.Path, options: list, headers: list[pathlib.Path], output: pathlib.Path, address: bool
) -> Object:
    program = "clang++" if source.suffix == ".cc" else "clang"
    sanitized = ADDRESS if address and source.suffix != ".S" else []
    command = [program, *COMMON, *sanitized, *options, "-c", source, "-o", output]
    return Object(output, command, [source] + headers)


def c_files(
    folder: pathlib.Path, includes: list[pathlib.Path], objects: pathlib.Path, address: bool
) -> list[Object]:
    """The C files of a folder."""
    headers = sorted(folder.rglob("*.h"))
    options = C + [f"-I{path}" for path in [folder / "include", folder, *includes]]
    return [
        compiled(source, options, headers, objects / folder.name / f"{source.stem}.o", address)
        for source in sorted(folder.glob("*.c"))
    ]


def boringssl(folder: pathlib.Path, names: str, objects: pathlib.Path, address: bool) -> list[Object]:
    """The listed files, and all assembly for Linux, which leaves out what is for another processor itself."""
    listed = [folder / name for name in names.splitlines() if name and not name.startswith("#")]
    assembly = sorted(folder.glob("gen/*/*-linux.S")) + sorted(folder.glob("third_party/fiat/asm/*.S"))
    # The version of the package is in its hash, so its headers need not be read each time.
    headers = [folder / "hash.txt", folder / "include/CCryptoBoringSSL_boringssl_prefix_symbols.h"]
    made = []
    for source in listed + assembly:
        name = "_".join(source.relative_to(folder).parts)
        options = [f"-I{folder / 'include'}", f"-I{folder}"] + (CXX if source.suffix == ".cc" else [])
        made.append(compiled(source, options, headers, objects / "boringssl" / f"{name}.o", address))
    # The longest first, so that nobody waits for it at the end.
    return sorted(made, key=lambda step: "bcm.cc" not in step.output.name)


def listed_modules(root: pathlib.Path) -> dict[str, list[pathlib.Path]]:
    """The files of each module that makes reports without Foundation, in the order in which modules are compiled."""
    modules: dict[str, list[pathlib.Path]] = {}
    for line in (root / "Tools/report-sources.txt").read_text().splitlines():
        words = line.split()
        if not words or line.startswith("#"):
            continue
        path = root / words[-1]
        if not line.startswith(" "):
            files = modules[line] = []
        elif words[0] == "-":
            files.remove(path)
        elif path.is_dir():
            files.extend(sorted(path.rglob("*.swift")))
        else:
            files.append(path)
    return {name: files for name, files in modules.items() if files}


def swift_modules(
    root: pathlib.Path, here: pathlib.Path, work: pathlib.Path, testing: bool, version: str
) -> list[Object]:
    """The library's module and all that it imports of the project, in the order in which they are compiled."""
    modules = work / "modules"
    modules.mkdir(parents=True, exist_ok=True)
    kernels = modules / "kernels.modulemap"
    header = root / "Sources/CPopulusKernels/include/CPopulusKernels.h"
    kernels.write_text(f'module CPopulusKernels {{\n    umbrella header "{header}"\n    export *\n}}\n')
    maps = [kernels, here / "include/module.modulemap", here / "sealing/module.modulemap"]
    options = [word for path in maps for word in ("-Xcc", f"-fmodule-map-file={path}")]
    options += ["-swift-version", "6", "-O", "-wmo", "-parse-as-library", "-package-name", "populus", "-static-stdlib"]
    options += ["-Xfrontend", "-function-sections", "-I", modules]
    headers = sorted((root / "Sources/CPopulusKernels").rglob("*.h")) + sorted(here.rglob("*.h")) + maps
    sources = listed_modules(root)
    sources["PopulusDurableFiles"] = sorted((root / "Sources/PopulusDurableFiles").rglob("*.swift"))
    made_source = modules / "LibraryVersion.swift"
    made_source.write_text(f'let libraryVersion: StaticString = "{version}"\n')
    sources["PopulusClientC"] = sorted((here / "Sources").rglob("*.swift")) + [made_source]
    made: list[Object] = []
    for name, files in sources.items():
        own = name == "PopulusClientC"
        output = modules / (f"{name}-testing.o" if own and testing else f"{name}.o")
        defines = ["-D", "POPULUS_CLIENT_TESTING"] if own and testing else []
        command = ["swiftc", *options, *defines, "-module-name", name, "-emit-module", "-emit-module-path",
                   output.with_suffix(".swiftmodule"), "-c", *files, "-o", output]
        made.append(Object(output, command, files + headers + [step.output for step in made]))
    return made
