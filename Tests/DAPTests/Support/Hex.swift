/// The bytes of a text of hexadecimal digits, in which `#` starts a comment and space does not matter.
func hex(_ text: String) -> [UInt8] {
    var digits: [UInt8] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        let code = line.prefix { $0 != "#" }
        for character in code where !character.isWhitespace {
            guard let value = character.hexDigitValue else { preconditionFailure("not a digit: \(character)") }
            digits.append(UInt8(value))
        }
    }
    precondition(digits.count % 2 == 0, "odd number of digits")
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

func hexText(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
        let text = String(byte, radix: 16)
        return text.count == 1 ? "0" + text : text
    }.joined()
}
