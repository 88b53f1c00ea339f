#!/usr/bin/env python3
"""Known answers of every VDAF, and of HPKE, through the C library's functions for tests.

usage: known_answers.py LIBRARY FOLDER...

FOLDERs have vector files of the VDAFs, in the official schema.
"""

import ctypes
import json
import pathlib
import sys

import tasks

ERROR_SIZE = 512


class Bytes(ctypes.Structure):
    _fields_ = [("bytes", ctypes.POINTER(ctypes.c_uint8)), ("length", ctypes.c_size_t)]


def words(measurement, name: str) -> bytes:
    """A measurement as the library takes it: a path's bits as they are, several numbers with commas between them."""
    numbers = measurement if isinstance(measurement, list) else [measurement]
    return ("" if name == "Poplar1" else ",").join(str(int(one)) for one in numbers).encode()


def shards(library, vector: dict, name: str) -> int:
    """Compares what a file's reports are made of; how many there were."""
    task = tasks.client_file(name, vector, "bytes" if name == "Poplar1" else None)
    client, error = ctypes.c_void_p(), ctypes.create_string_buffer(ERROR_SIZE)
    if library.populus_client_open(task, ctypes.c_size_t(len(task)), ctypes.byref(client), error) != 0:
        sys.exit(f"{name}: {error.raw[4:].rstrip(bytes(1)).decode()}")
    compared = 0
    # Reports of negative cases are no shares of what they are said to measure.
    sharded = {step["report_index"] for step in vector["operations"]
               if step["operation"] == "shard" and step["success"]}
    for report in (vector["reports"][index] for index in sorted(sharded)):
        text, context = words(report["measurement"], name), bytes.fromhex(vector["ctx"])
        rand, made = bytes.fromhex(report["rand"]), [Bytes(), Bytes(), Bytes()]
        status = library.populus_client_testing_shard(
            client, context, ctypes.c_size_t(len(context)), text, ctypes.c_size_t(len(text)),
            bytes.fromhex(report["nonce"]), rand, ctypes.c_size_t(len(rand)), *[ctypes.byref(one) for one in made],
            error)
        if status != 0:
            sys.exit(f"{name}: {error.raw[4:].rstrip(bytes(1)).decode()}")
        found = [bytes(one.bytes[:one.length]) for one in made]
        for one in made:
            library.populus_client_testing_free(ctypes.byref(one))
        if found != [bytes.fromhex(share) for share in [report["public_share"], *report["input_shares"]]]:
            sys.exit(f"{name}: other bytes than the vector's")
        compared += 1
    library.populus_client_close(client)
    return compared


# Spec: RFC 9180 §A.1.1 has the same suite; its ephemeral key, and the first encryption.
HPKE = {
    "public_key": "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
    "ephemeral": "52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736",
    "info": "4f6465206f6e2061204772656369616e2055726e",
    "associated": "436f756e742d30",
    "plaintext": "4265617574792069732074727574682c20747275746820626561757479",
    "enc": "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
    "ciphertext": "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
}


def hpke(library) -> None:
    values = {name: bytes.fromhex(text) for name, text in HPKE.items()}
    enc, ciphertext = ctypes.create_string_buffer(32), ctypes.create_string_buffer(len(values["plaintext"]) + 16)
    sized = [word for name in ["info", "associated", "plaintext"]
             for word in (values[name], ctypes.c_size_t(len(values[name])))]
    status = library.populus_client_testing_seal(values["public_key"], values["ephemeral"], *sized, enc, ciphertext)
    if (status, enc.raw, ciphertext.raw) != (0, values["enc"], values["ciphertext"]):
        sys.exit("HPKE: other bytes than RFC 9180's")
    # The point of order one: nothing may be sealed to it.
    if library.populus_client_testing_seal(bytes(32), values["ephemeral"], *sized, enc, ciphertext) == 0:
        sys.exit("HPKE: sealed to a point of low order")


def main() -> None:
    library = ctypes.CDLL(sys.argv[1])
    compared: dict[str, int] = {}
    for folder in sys.argv[2:]:
        for file in sorted(pathlib.Path(folder).rglob("*.json")):
            name = file.name.split("_")[0]
            vector = json.loads(file.read_text())
            # DAP has no task with several proofs, and no more than two aggregators.
            if name in tasks.TYPES and vector.get("shares", 2) == 2:
                compared[name] = compared.get(name, 0) + shards(library, vector, name)
    hpke(library)
    missing = set(tasks.TYPES) - {name for name, count in compared.items() if count > 0}
    if missing:
        sys.exit(f"no vectors of {', '.join(sorted(missing))}")
    print("equal:", ", ".join(f"{name} {count}" for name, count in sorted(compared.items())), "and HPKE")


if __name__ == "__main__":
    main()
