/// The parameters of a structured field's item, which are checked and otherwise of no interest.
///
/// Spec: RFC 9651 §4.2.3.1, §4.2.3.2
enum StructuredParameters {
    /// Takes all parameters off the front.
    ///
    /// - Returns: whether they are well-formed.
    static func skip(_ rest: inout ArraySlice<UInt8>) -> Bool {
        while rest.first == UInt8(ascii: ";") {
            rest = rest.dropFirst().drop { $0 == UInt8(ascii: " ") }
            guard let first = rest.first, isLower(first) || first == UInt8(ascii: "*") else { return false }
            rest = rest.drop { isLower($0) || isDigit($0) || "_-.*".utf8.contains($0) }
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest = rest.dropFirst()
            guard bareItem(&rest) else { return false }
        }
        return true
    }

    /// Takes a bare item off the front.
    ///
    /// Spec: RFC 9651 §4.2.3.1
    private static func bareItem(_ rest: inout ArraySlice<UInt8>) -> Bool {
        switch rest.first {
        case UInt8(ascii: "-")?, (UInt8(ascii: "0")...UInt8(ascii: "9"))?: return number(&rest)
        case UInt8(ascii: "\"")?: return string(&rest)
        case UInt8(ascii: ":")?: return ByteSequenceItem.byteSequence(&rest) != nil
        case UInt8(ascii: "?")?:
            rest = rest.dropFirst()
            guard let digit = rest.popFirst() else { return false }
            return digit == UInt8(ascii: "0") || digit == UInt8(ascii: "1")
        case UInt8(ascii: "@")?:
            rest = rest.dropFirst()
            return number(&rest, isDate: true)
        case UInt8(ascii: "%")?:
            rest = rest.dropFirst()
            return displayString(&rest)
        case let first? where isLower(first) || isUpper(first) || first == UInt8(ascii: "*"):
            rest = rest.drop { isLower($0) || isUpper($0) || isDigit($0) || "!#$%&'*+-.^_`|~:/".utf8.contains($0) }
            return true
        default: return false
        }
    }

    /// An integer of at most 15 digits, or a decimal of at most 12 and 3.
    private static func number(_ rest: inout ArraySlice<UInt8>, isDate: Bool = false) -> Bool {
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let whole = rest.prefix(while: isDigit).count
        rest = rest.dropFirst(whole)
        guard rest.first == UInt8(ascii: "."), !isDate else { return (1...15).contains(whole) }
        rest = rest.dropFirst()
        let fraction = rest.prefix(while: isDigit).count
        rest = rest.dropFirst(fraction)
        return (1...12).contains(whole) && (1...3).contains(fraction)
    }

    private static func string(_ rest: inout ArraySlice<UInt8>) -> Bool {
        rest = rest.dropFirst()
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst(), escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\")
                else { return false }
            case 0x20...0x7E: continue
            default: return false
            }
        }
        return false
    }

    /// A display string after its percent sign: percent-encoded UTF-8 in small digits.
    private static func displayString(_ rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.popFirst() == UInt8(ascii: "\"") else { return false }
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self) != nil
            case UInt8(ascii: "%"):
                guard let high = hexDigit(rest.popFirst()), let low = hexDigit(rest.popFirst()) else { return false }
                text.append(high << 4 | low)
            case 0x20...0x7E: text.append(byte)
            default: return false
            }
        }
        return false
    }

    private static func hexDigit(_ byte: UInt8?) -> UInt8? {
        switch byte {
        case (UInt8(ascii: "0")...UInt8(ascii: "9"))?: byte.map { $0 - UInt8(ascii: "0") }
        case (UInt8(ascii: "a")...UInt8(ascii: "f"))?: byte.map { $0 - UInt8(ascii: "a") + 10 }
        default: nil
        }
    }

    private static func isLower(_ byte: UInt8) -> Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte }
    private static func isUpper(_ byte: UInt8) -> Bool { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte }
    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
}
