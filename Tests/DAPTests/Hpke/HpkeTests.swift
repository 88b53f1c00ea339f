import PopulusDAP
import Testing

@Suite struct HpkeTests {
    /// RFC 9180 §A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode, first encryption.
    @Test func opensTheKnownAnswer() throws {
        let keyPair = try HpkeKeyPair(
            id: 1, privateKeyBytes: hex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8"))
        #expect(
            hexText(keyPair.config.publicKey) == "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d")
        let label = HpkeLabel(bytes: hex("4f6465206f6e2061204772656369616e2055726e"))
        let ciphertext = HpkeCiphertext(
            configID: 1, enc: hex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"),
            payload: hex(
                """
                f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a9
                6d8770ac83d07bea87e13c512a
                """))
        let plaintext = try keyPair.open(ciphertext, label: label, associatedData: hex("436f756e742d30"))
        #expect(plaintext == hex("4265617574792069732074727574682c20747275746820626561757479"))
    }

    @Test func labelsAreThoseOfTheDraft() {
        let input = Array("dap-18 input share".utf8)
        let aggregate = Array("dap-18 aggregate share".utf8)
        #expect(HpkeLabel.inputShare(recipient: .leader).bytes == input + [1, 2])
        #expect(HpkeLabel.inputShare(recipient: .helper).bytes == input + [1, 3])
        #expect(HpkeLabel.aggregateShare(sender: .leader).bytes == aggregate + [2, 0])
        #expect(HpkeLabel.aggregateShare(sender: .helper).bytes == aggregate + [3, 0])
        #expect(SpecVersion.vdafContext(for: Sample.taskID) == Array("dap-18".utf8) + Sample.taskID.bytes)
    }

    @Test func opensOnlyWhatWasSealedToIt() throws {
        let (own, other) = (HpkeKeyPair.generate(id: 1), HpkeKeyPair.generate(id: 2))
        let label = HpkeLabel.inputShare(recipient: .leader)
        let sealed = try own.config.seal([1, 2, 3], label: label, associatedData: [9])
        #expect(sealed.configID == 1)
        #expect(try own.open(sealed, label: label, associatedData: [9]) == [1, 2, 3])
        #expect(throws: HpkeError.decryptionFailed) { try own.open(sealed, label: label, associatedData: [8]) }
        #expect(throws: HpkeError.decryptionFailed) {
            try own.open(sealed, label: .inputShare(recipient: .helper), associatedData: [9])
        }
        #expect(throws: HpkeError.decryptionFailed) { try other.open(sealed, label: label, associatedData: [9]) }
        let shortened = HpkeCiphertext(configID: 1, enc: [1], payload: sealed.payload)
        #expect(throws: HpkeError.decryptionFailed) { try own.open(shortened, label: label, associatedData: [9]) }
        let empty = HpkeCiphertext(configID: 1, enc: sealed.enc, payload: [0])
        #expect(throws: HpkeError.decryptionFailed) { try own.open(empty, label: label, associatedData: [9]) }
    }

    /// The library seals, our own derivation opens: whatever the sizes, and no bit may change.
    @Test func opensWhatTheLibrarySeals() throws {
        var generator = SeededGenerator(test: "opensWhatTheLibrarySeals")
        for size in [0, 1, 15, 16, 17, 63, 64, 65, 4_198] {
            let keyPair = HpkeKeyPair.generate(id: 1)
            let label = HpkeLabel(bytes: generator.bytes(size % 100))
            let plaintext = generator.bytes(size)
            let associatedData = generator.bytes(2 * size)
            let sealed = try keyPair.config.seal(plaintext, label: label, associatedData: associatedData)
            #expect(try keyPair.open(sealed, label: label, associatedData: associatedData) == plaintext)
            func flipped(_ bytes: [UInt8]) -> [UInt8] {
                var bytes = bytes
                let place = Int.random(in: bytes.indices, using: &generator)
                bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                return bytes
            }
            // The top bit of a public key is no part of the point, but of what the secret is derived from.
            let topBit = Array(sealed.enc.dropLast()) + [sealed.enc[31] ^ 0x80]
            let forged = [
                HpkeCiphertext(configID: 1, enc: flipped(sealed.enc), payload: sealed.payload),
                HpkeCiphertext(configID: 1, enc: topBit, payload: sealed.payload),
                HpkeCiphertext(configID: 1, enc: sealed.enc, payload: flipped(sealed.payload)),
                HpkeCiphertext(configID: 1, enc: sealed.enc, payload: sealed.payload.dropLast()),
                HpkeCiphertext(configID: 1, enc: sealed.enc + [0], payload: sealed.payload),
            ]
            for ciphertext in forged {
                #expect(throws: HpkeError.decryptionFailed, "seed \(generator.seed)") {
                    try keyPair.open(ciphertext, label: label, associatedData: associatedData)
                }
            }
            #expect(throws: HpkeError.decryptionFailed) {
                try keyPair.open(sealed, label: label, associatedData: associatedData + [0])
            }
            #expect(throws: HpkeError.decryptionFailed) {
                try keyPair.open(sealed, label: HpkeLabel(bytes: label.bytes + [0]), associatedData: associatedData)
            }
        }
    }

    @Test func receiverPicksTheKeyByID() throws {
        let (old, new) = (HpkeKeyPair.generate(id: 7), HpkeKeyPair.generate(id: 8))
        let receiver = try HpkeReceiver(keyPairs: [new, old])
        let label = HpkeLabel.aggregateShare(sender: .leader)
        #expect(receiver.configList.configs.map(\.id) == [8, 7])
        #expect(receiver.configList.firstSupported == new.config)
        let sealed = try old.config.seal([5], label: label, associatedData: [])
        #expect(try receiver.open(sealed, label: label, associatedData: []) == [5])
        let stray = HpkeCiphertext(configID: 9, enc: sealed.enc, payload: sealed.payload)
        #expect(!receiver.recognizes(configID: 9))
        #expect(throws: HpkeError.unknownConfigID) { try receiver.open(stray, label: label, associatedData: []) }
        #expect(throws: HpkeError.invalidKey) { try HpkeReceiver(keyPairs: [old, old]) }
        #expect(throws: HpkeError.invalidKey) { try HpkeReceiver(keyPairs: []) }
        // One that clients are not told of any more may have the ID of one that they are told of.
        let next = HpkeKeyPair.generate(id: old.config.id)
        #expect(throws: HpkeError.invalidKey) { try HpkeReceiver(keyPairs: [old, next]) }
        let both = try HpkeReceiver(keys: [HeldHpkeKey(next), HeldHpkeKey(old, isOffered: false)])
        #expect(both.configList.configs == [next.config])
        for key in [old, next] {
            let sealed = try key.config.seal([7], label: label, associatedData: [])
            #expect(try both.open(sealed, label: label, associatedData: []) == [7])
        }
    }

    @Test func refusesKeysAndAlgorithmsItCannotUse() throws {
        let label = HpkeLabel.inputShare(recipient: .leader)
        let good = HpkeKeyPair.generate(id: 1)
        let p256 = HpkeConfig(id: 1, kemID: 0x10, kdfID: 1, aeadID: 1, publicKey: good.config.publicKey)
        #expect(HpkeConfigList(configs: [p256]).firstSupported == nil)
        #expect(throws: HpkeError.unsupportedAlgorithms) { try p256.seal([1], label: label, associatedData: []) }
        let short = HpkeConfig(id: 1, kemID: 0x20, kdfID: 1, aeadID: 1, publicKey: [1])
        #expect(throws: HpkeError.invalidKey) { try short.seal([1], label: label, associatedData: []) }
        #expect(throws: HpkeError.invalidKey) { try HpkeKeyPair(id: 1, privateKeyBytes: [1]) }
        #expect(throws: HpkeError.invalidKey) {
            try HpkeKeyPair(config: good.config, privateKeyBytes: HpkeKeyPair.generate(id: 1).privateKeyBytes)
        }
        let again = try HpkeKeyPair(config: good.config, privateKeyBytes: good.privateKeyBytes)
        #expect(again.config == good.config)
    }

    /// RFC 7748 §6.1: public keys that lead to the secret zero, the first two also with the ignored top bit.
    @Test(arguments: [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ])
    func refusesKeysOfLowOrder(_ point: String) throws {
        let label = HpkeLabel.inputShare(recipient: .leader)
        let config = HpkeConfig(id: 1, kemID: 0x20, kdfID: 1, aeadID: 1, publicKey: hex(point))
        #expect(throws: HpkeError.invalidKey) { try config.seal([1], label: label, associatedData: []) }
        let own = HpkeKeyPair.generate(id: 1)
        let sealed = try own.config.seal([1], label: label, associatedData: [])
        let forged = HpkeCiphertext(configID: 1, enc: hex(point), payload: sealed.payload)
        #expect(throws: HpkeError.decryptionFailed) { try own.open(forged, label: label, associatedData: []) }
    }

    @Test func aKeyPairDoesNotPrintItsSecret() {
        let keyPair = HpkeKeyPair.generate(id: 3)
        var dumped = ""
        dump(keyPair, to: &dumped)
        for text in [String(describing: keyPair), String(reflecting: keyPair), dumped] {
            #expect(!text.contains("rivate"))
        }
    }
}
