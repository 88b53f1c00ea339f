import PopulusStringCodec
import Testing

/// Values of FIPS 180-4's examples, and lengths around a block's end by Python's `hashlib`.
@Suite struct Sha256Tests {
    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    @Test(
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func theExamplesOfTheStandard(text: String, expected: String) {
        var hash = Sha256()
        hash.update(Array(text.utf8))
        #expect(Self.hex(hash.finalized()) == expected)
    }

    @Test(
        arguments: [
            (1, "ca978112ca1bbdca"),
            (55, "9f4390f8d30c2dd9"),
            (56, "b35439a4ac6f0948"),
            (63, "7d3e74a05d7db15b"),
            (64, "ffe054fe7ae0cb6d"),
            (65, "635361c48bb9eab1"),
            (119, "31eba51c313a5c08"),
            (120, "2f3d335432c70b58"),
            (128, "6836cf13bac400e9"),
            (1000, "41edece42d63e8d9"),
        ]
    )
    func lengthsAroundABlock(length: Int, expected: String) {
        let bytes = [UInt8](repeating: 0x61, count: length)
        for cut in [0, 1, length / 2, length] {
            var hash = Sha256()
            hash.update(Array(bytes[..<min(cut, length)]))
            hash.update(Array(bytes[min(cut, length)...]))
            #expect(Self.hex(hash.finalized()).hasPrefix(expected))
        }
    }
}
