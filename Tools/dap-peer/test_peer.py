"""Tests of the peer by itself: `python3 -m unittest discover Tools/dap-peer`.

Those that need the VDAF reference are skipped unless POPULUS_VDAF_REFERENCE names its folder.
"""

import os
import random
import unittest

import hpke
import strings
import taskprov
import walk_leader
from messages import (BatchSelector, CollectionJobReq, Extension, HpkeCiphertext, Interval, Report, ReportMetadata,
                      TaskConfiguration, Query)
from tasks import from_base64url, to_base64url
from vdafs import FIELD64, FIELD128, FIELD255, Poplar1Param, TaskVdaf, VdafError
from walk import WalkRules
from wire import Reader, WireError, uint, vector

REFERENCE = os.environ.get("POPULUS_VDAF_REFERENCE")


class HpkeTests(unittest.TestCase):
    """RFC 9180, appendix A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, the base mode."""

    recipient = bytes.fromhex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d")
    recipient_private = bytes.fromhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
    ephemeral_private = bytes.fromhex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736")
    enc = bytes.fromhex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431")
    info = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
    aad = bytes.fromhex("436f756e742d30")
    plaintext = bytes.fromhex("4265617574792069732074727574682c20747275746820626561757479")
    ciphertext = bytes.fromhex(
        "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a")

    def test_seal(self):
        sealed = hpke.seal(self.recipient, self.info, self.aad, self.plaintext, ephemeral=self.ephemeral_private)
        self.assertEqual(sealed, (self.enc, self.ciphertext))

    def test_open(self):
        opened = hpke.open_sealed(self.enc, self.recipient_private, self.info, self.aad, self.ciphertext)
        self.assertEqual(opened, self.plaintext)
        for info, aad in ((self.info + b"x", self.aad), (self.info, self.aad + b"x")):
            with self.assertRaises(hpke.HpkeError):
                hpke.open_sealed(self.enc, self.recipient_private, info, aad, self.ciphertext)

    def test_every_aead(self):
        for aead in hpke.AEADS:
            enc, sealed = hpke.seal(self.recipient, b"i", b"a", b"text", aead)
            self.assertEqual(hpke.open_sealed(enc, self.recipient_private, b"i", b"a", sealed, aead), b"text")

    def test_low_order_keys(self):
        with self.assertRaises(hpke.HpkeError):
            hpke.open_sealed(bytes(32), self.recipient_private, b"", b"", bytes(16))


class TaskprovTests(unittest.TestCase):
    """The example of draft-ietf-ppm-dap-taskprov §3.2, and what follows from it."""

    encoded = bytes.fromhex(
        "0474657374" "001b68747470733a2f2f6c65616465722e6578616d706c652e636f6d2f"
        "001b68747470733a2f2f68656c7065722e6578616d706c652e636f6d2f" "000000000000003c" "000000000000000a" "01" "0000"
        "00000001" "0000" "0014" "0001" "0010" "000000000000003c" "0000000000000064")
    value = (":BHRlc3QAG2h0dHBzOi8vbGVhZGVyLmV4YW1wbGUuY29tLwAbaHR0cHM6Ly9oZWxwZXIuZXhhbXBsZS5jb20vAAAAAAAAADwAAAAAAAAACgEA"
             "AAAAAAEAAAAUAAEAEAAAAAAAAAA8AAAAAAAAAGQ=:")
    id = bytes.fromhex("35848a898adb146b559385247c7e49db1cbd28af52e3c11cfb01d4fc4b490479")

    def test_example(self):
        self.assertEqual(taskprov.field_value(self.encoded), self.value)
        self.assertEqual(TaskConfiguration.decode(self.encoded).encode(), self.encoded)
        self.assertEqual(taskprov.task_id(self.encoded), self.id)

    def test_verify_key(self):
        expected = "b8e92261737fbd368b4cd5b17fdafd6d8fe587f2696df6cd07b618167c2c83d0"
        self.assertEqual(taskprov.verify_key(bytes(range(32)), self.id).hex(), expected)

    def test_hkdf(self):
        """RFC 5869, appendix A.1."""
        output = taskprov.hkdf_sha256(bytes(range(13)), b"\x0b" * 22, bytes(range(0xF0, 0xFA)), 42)
        self.assertEqual(output.hex(), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")


class MessageTests(unittest.TestCase):
    def test_base64url(self):
        """DAP §3's example."""
        task_id = bytes.fromhex("f0163447364ccf1bc0e3affcca6873c9c381f64acdf9020662f83f46c07219e7")
        self.assertEqual(to_base64url(task_id), "8BY0RzZMzxvA46_8ymhzycOB9krN-QIGYvg_RsByGec")
        self.assertEqual(from_base64url("lc7aUeGpdSNosNlh-UZhKA").hex(), "95ceda51e1a9752368b0d961f9466128")

    def test_report(self):
        report = Report(ReportMetadata(bytes(range(16)), 7, [Extension(0x0102, b"\xaa")]), b"P",
                        HpkeCiphertext(1, b"e", b"p"), HpkeCiphertext(2, b"E", b"Q"))
        self.assertEqual(report.encode().hex(), (
            "000102030405060708090a0b0c0d0e0f" "0000000000000007" "0005" "0102" "0001" "aa"
            "00000001" "50" "01" "0001" "65" "00000001" "70" "02" "0001" "45" "00000001" "51"))

    def test_task_configuration(self):
        configuration = TaskConfiguration(
            b"t", b"http://l/", b"http://h/", 3600, 10, 2, b"", 6, uint(2, 32), [Extension(1, b"x"), Extension(2, b"")])
        self.assertEqual(TaskConfiguration.decode(configuration.encode()), configuration)
        for wrong in (configuration.encode() + b"\0", configuration.encode()[:-1]):
            with self.assertRaises(WireError):
                TaskConfiguration.decode(wrong)
        unordered = TaskConfiguration(**{**vars(configuration), "extensions": [Extension(2, b""), Extension(1, b"")]})
        with self.assertRaises(WireError):
            TaskConfiguration.decode(unordered.encode())

    def test_collection_job_request(self):
        request = CollectionJobReq(Query(1, Interval(5, 2).encode()), b"a", [Extension(3, b"b")])
        self.assertEqual(request.encode().hex(), (
            "01" "0010" "0000000000000005" "0000000000000002" "00000001" "61" "0005" "0003" "0001" "62"))
        self.assertEqual(CollectionJobReq.decode(request.encode()), request)

    def test_vectors_are_bounded(self):
        with self.assertRaises(WireError):
            vector(1, bytes(256))
        with self.assertRaises(WireError):
            Reader(b"\x05abc").vector(1)
        self.assertEqual(BatchSelector.decode(Reader(b"\x02\x00\x01x")), BatchSelector(2, b"x"))


class StringTests(unittest.TestCase):
    def test_paths(self):
        path = strings.path_of(b"\xf0", 20)
        self.assertEqual("".join(str(int(bit)) for bit in path), "11110000" "00000001" "0000")
        self.assertEqual(strings.string_of(path), b"\xf0")
        self.assertIsNone(strings.string_of(path[:15]))
        for wrong in (b"a\x00", b"\x01", b"abc"):
            with self.assertRaises(ValueError):
                strings.path_of(wrong, 24)

    def test_extensions_are_exactly_the_possible_prefixes(self):
        every = [path for path in strings.extensions((), 16, 16)]
        self.assertEqual(len(every), 254 + 1)  # a byte and the terminator, or the terminator and padding
        self.assertEqual(every, sorted(every))
        whole = strings.path_of(b"", 16)
        self.assertEqual(list(strings.extensions(whole[:8], 16, 16)), [whole])


class WalkTests(unittest.TestCase):
    def test_transcript(self):
        """The known answer of the walk extension's specification."""
        first = bytes.fromhex("0000000000020080")
        second = bytes.fromhex("00010000000140")
        t_0 = walk_leader.transcript_of_step_0(
            bytes(range(0x20)), bytes(range(0x40, 0x50)), b"\xd1" * 32, first, 9, bytes.fromhex("ff01"))
        e_1 = walk_leader.transcript_of_evaluation(t_0, 1, second)
        t_1 = walk_leader.transcript_of_verdict(e_1, bytes.fromhex("fe01"))
        self.assertEqual([t_0.hex(), e_1.hex(), t_1.hex()], [
            "332eccc8d631040221ab31f980599d1550b858d1ac51304aa383c223018745af",
            "5b9872b06f728396ad9a2568fcf703dc35656f8c59e95e5f2629a5f9d1653df6",
            "2aa6627b5459a5f37c652cbabdda42d7ded40b9733570791a9cfeb6c0dce27c6"])
        self.assertEqual(Poplar1Param.decode(first).prefixes, ((False,), (True,)))
        self.assertEqual(walk_leader.bitmap([True] * 9).hex(), "ff01")

    #: The known answer of the walk extension's specification.
    extension = bytes.fromhex("0001" "00" "000000000000000a" "0000000000000000" "00002710" "012c" "000186a0" "04" "0007"
                              "00000100" "0000000000015180" "00")

    def test_rules(self):
        rules = WalkRules.decode(self.extension)
        self.assertEqual(rules, WalkRules(
            min_threshold=10, threshold_margin=0, max_late_rejections_ppm=10_000, max_steps=300,
            max_candidates=100_000, max_bits_per_step=4, first_step_max_level=7, first_step_max_candidates=256,
            max_life=86_400, has_noise=False))
        listed = bytes.fromhex("0001" "02" "0001") + self.extension[3:]
        self.assertEqual(WalkRules.decode(listed), rules)
        noise = b"\1" + uint(4, 3) + uint(4, 1)
        self.assertTrue(WalkRules.decode(self.extension[:-1] + noise).has_noise)
        # The other known answer.
        gaussian = bytes.fromhex("02" "00000000000003e8" "0000000000000001" "00000000000007d1" "0000000000000002"
                                 "0000000005f5e100")
        self.assertTrue(WalkRules.decode(self.extension[:-1] + gaussian).has_noise)

    def test_rules_that_cannot_be(self):
        data = self.extension

        def changed(start: int, new: bytes, end: bytes = data[-1:]) -> bytes:
            return data[:start] + new + data[start + len(new):-1] + end

        wrong = {
            "too short": data[:-1], "too long": data + b"\0", "unknown noise": changed(0, b"", b"\3"),
            "half a noise": changed(0, b"", b"\2" + uint(8, 1)),
            "a variance too great": changed(0, b"", b"\2" + uint(8, 2**63) + uint(8, 2) + uint(8, 1) * 2 + uint(8, 9)),
            "a delta of 1": changed(0, b"", b"\2" + uint(8, 1) * 5),
            "noise without scale": changed(0, b"", b"\1" + uint(4, 0) + uint(4, 1)),
            "no threshold": changed(3, uint(8, 0)), "a margin without noise": changed(11, uint(8, 1)),
            "a margin of the threshold": changed(11, uint(8, 10), b"\1" + uint(4, 1) + uint(4, 1)),
            "one step": changed(23, uint(2, 1)), "no bits a step": changed(29, b"\0"),
            "17 bits a step": changed(29, b"\x11"), "an earlier version": data[3:11] + data[19:29] + data[30:],
            "a later version": changed(0, uint(2, 2)), "an unknown message": data[:2] + b"\2\0\7" + data[3:],
            "half a message": data[:2] + b"\1\0" + data[3:],
        }
        for name, extension in wrong.items():
            with self.subTest(name), self.assertRaises(WireError):
                WalkRules.decode(extension)
        self.assertEqual(WalkRules.decode(changed(11, uint(8, 9), b"\1" + uint(4, 1) + uint(4, 1))).threshold_margin, 9)


class VdafTests(unittest.TestCase):
    def test_fields(self):
        for field in (FIELD64, FIELD128, FIELD255):
            self.assertEqual(field.decode(field.encode([5, -1]), 2), [5, field.modulus - 1])
            self.assertEqual(field.signed(field.modulus - 1), -1)
            with self.assertRaises(VdafError):
                field.decode(field.modulus.to_bytes(field.size, "little"), 1)
            with self.assertRaises(VdafError):
                field.decode(field.encode([5]), 2)

    def test_prefixes_with_unused_bits(self):
        with self.assertRaises(VdafError):
            Poplar1Param.decode(bytes.fromhex("0000000000020040"))


@unittest.skipUnless(REFERENCE, "POPULUS_VDAF_REFERENCE does not name the VDAF reference")
class ReferenceTests(unittest.TestCase):
    """Every VDAF from a line of text to the result, with the reference as both aggregators."""

    def check(self, type: int, configuration: bytes, lines: list[bytes], result, refused: list[bytes], param=None):
        vdaf = TaskVdaf.of(type, configuration, "bytes", REFERENCE)
        reference, context, key = vdaf.reference, b"dap-18" + bytes(32), bytes(range(32))
        agg_param = (param.level, param.prefixes) if param else None
        sums = [reference.agg_init(agg_param) for _ in range(2)]
        for line in lines:
            measurement, nonce = vdaf.measurement(line), random.randbytes(16)
            vdaf.check(measurement)
            public, shares = vdaf.shard(context, measurement, nonce)
            states = [reference.verify_init(key, context, i, agg_param, nonce, reference.decode_public_share(public),
                                            reference.decode_input_share(i, share)) for i, share in enumerate(shares)]
            for _ in range(reference.ROUNDS):
                message = reference.verifier_shares_to_message(context, agg_param, [share for _, share in states])
                states = [reference.verify_next(context, state, message) for state, _ in states]
            sums = [reference.agg_update(agg_param, total, share) for total, share in zip(sums, states)]
        encoded = [reference.encode_agg_share(total) for total in sums]
        self.assertEqual(vdaf.unshard(param, encoded, len(lines)), result)
        for line in refused:
            with self.assertRaises(ValueError):
                vdaf.check(vdaf.measurement(line))

    def test_prio3_count(self):
        self.check(1, b"", [b"1", b"0", b"1"], 2, [b"2", b"-1", b"x", b"1,1"])

    def test_prio3_sum(self):
        self.check(2, uint(8, 100), [b"100", b"0", b"7"], 107, [b"101", b"-1"])

    def test_prio3_sum_vec(self):
        self.check(3, uint(4, 3) + uint(8, 5) + uint(4, 2), [b"1,2,3", b"5,0,5"], [6, 2, 8], [b"1,2", b"1,2,6"])

    def test_prio3_histogram(self):
        self.check(4, uint(4, 4) + uint(4, 2), [b"0", b"3", b"3"], [1, 0, 0, 2], [b"4", b"-1"])

    def test_prio3_multihot(self):
        self.check(5, uint(4, 4) + uint(4, 2) + uint(8, 2), [b"1,0,0,1", b"0,0,0,1"], [1, 0, 0, 2],
                   [b"1,1,1,0", b"2,0,0,0", b"1,0,0"])

    def test_poplar1(self):
        for level in (3, 31):
            paths = [strings.path_of(string, 32) for string in (b"ab", b"qb")]
            param = Poplar1Param(level, tuple(path[:level + 1] for path in paths))
            self.check(6, uint(2, 32), [b"ab", b"ab", b"qb"], [2, 1], [b"abcd", b"a\x01"], param)
            reference = TaskVdaf.of(6, uint(2, 32), "bytes", REFERENCE).reference
            self.assertEqual(param.encode(), reference.encode_agg_param((param.level, param.prefixes)))
            self.assertEqual(Poplar1Param.decode(param.encode()), param)


if __name__ == "__main__":
    unittest.main()
