import PopulusDAP
import PopulusWireCodec
import Testing

/// HPKE configuration lists as clients read them and aggregators write them (§4.4.1).
@Suite struct HpkeConformanceTests {
    private static let own = HpkeKeyPair.generate(id: 5).config

    private func config(_ id: UInt8, kem: UInt16 = 0x20, kdf: UInt16 = 1, aead: UInt16 = 1) -> HpkeConfig {
        HpkeConfig(id: id, kemID: kem, kdfID: kdf, aeadID: aead, publicKey: Self.own.publicKey)
    }

    /// Those whose algorithms are unknown are passed over, whatever their key looks like.
    @Test func theFirstWithKnownAlgorithmsIsTaken() throws {
        let unknown = [
            HpkeConfig(id: 1, kemID: 0x10, kdfID: 1, aeadID: 1, publicKey: [UInt8](repeating: 4, count: 65)),
            config(2, kem: 0xFFFF), config(3, kdf: 3), config(4, aead: 3),
            HpkeConfig(id: 0, kemID: 0, kdfID: 0, aeadID: 0, publicKey: [1]),
        ]
        let list = try HpkeConfigList(
            decoding: HpkeConfigList(configs: unknown + [Self.own, config(6)]).encoded())
        #expect(list.configs.count == 7)
        #expect(list.firstSupported == Self.own)
        #expect(try HpkeConfigList(decoding: HpkeConfigList(configs: unknown).encoded()).firstSupported == nil)
    }

    @Test func theServersOrderIsKept() throws {
        let list = HpkeConfigList(configs: [config(9), config(5), config(7)])
        let read = try HpkeConfigList(decoding: list.encoded())
        #expect(read.configs.map(\.id) == [9, 5, 7])
        #expect(read.firstSupported?.id == 9)
    }

    @Test(arguments: ["", "0000", "0009 01 0020 0001 0001 0000", "000a 01 0020 0001 0001 0001", "000b 01 0020"])
    func otherBytesAreNoList(_ text: String) {
        #expect(throws: WireError.self) { try HpkeConfigList(decoding: hex(text)) }
    }

    /// An old key opens what was sealed to it, as long as the receiver has it; new reports go to the new one.
    @Test func oldKeysOpenWhatWasSealedToThem() throws {
        let (old, new) = (HpkeKeyPair.generate(id: 1), HpkeKeyPair.generate(id: 2))
        let label = HpkeLabel.inputShare(recipient: .helper)
        let sealed = try old.config.seal([1, 2], label: label, associatedData: [3])
        let rotated = try HpkeReceiver(keyPairs: [new, old])
        #expect(rotated.configList.firstSupported == new.config)
        #expect(try rotated.open(sealed, label: label, associatedData: [3]) == [1, 2])
        let forgetful = try HpkeReceiver(keyPairs: [new])
        #expect(throws: HpkeError.unknownConfigID) {
            try forgetful.open(sealed, label: label, associatedData: [3])
        }
    }

    /// Nothing that is bound can be changed: task, configuration, metadata, public share, roles.
    @Test func sealedSharesAreBoundToTheirTask() throws {
        let pair = HpkeKeyPair.generate(id: 1)
        func aad(
            _ id: TaskID = Sample.taskID, bits: UInt16 = 256, time: UInt64 = 1, publicShare: [UInt8] = [1]
        ) throws -> [UInt8] {
            InputShareAad(
                taskID: id, taskConfiguration: try Sample.task(bits: bits),
                reportMetadata: ReportMetadata(reportID: Sample.reportID, time: Time(units: time)),
                publicShare: publicShare
            ).encoded()
        }
        let label = HpkeLabel.inputShare(recipient: .leader)
        let sealed = try pair.config.seal([7], label: label, associatedData: aad())
        #expect(try pair.open(sealed, label: label, associatedData: aad()) == [7])
        for changed in [
            try aad(Sample.id(1)), try aad(bits: 255), try aad(time: 2), try aad(publicShare: [2]),
        ] {
            #expect(throws: HpkeError.decryptionFailed) {
                try pair.open(sealed, label: label, associatedData: changed)
            }
        }
    }
}
