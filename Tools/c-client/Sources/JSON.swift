/// A JSON value (RFC 8259), read strictly: for the few small files that a client is given.
///
/// A number keeps its text, as members that are counted are whole numbers.
enum JSON {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// The most bytes that are read, and how deep values may lie in each other.
    static let mostBytes = 1 << 20
    static let deepest = 16

    /// - Throws: for what is no JSON, or has a name twice in one object.
    init(decoding bytes: [UInt8]) throws(JSONError) {
        guard bytes.count <= Self.mostBytes else { throw .tooLong }
        var reader = JSONReader(bytes: bytes)
        self = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.isAtEnd else { throw .unexpected(at: reader.position) }
    }

    /// A member of an object; nil where there is none, or null.
    subscript(name: String) -> JSON? {
        guard case .object(let members) = self, let member = members[name] else { return nil }
        if case .null = member { return nil }
        return member
    }

    var string: String? { if case .string(let text) = self { text } else { nil } }

    /// A whole number from 0 to 65,535.
    var u16: UInt16? { if case .number(let text) = self { UInt16(text) } else { nil } }
}

/// Why bytes are no JSON.
enum JSONError: Error {
    case tooLong
    case tooDeep
    /// Offset of the byte that cannot stand there, or of the end.
    case unexpected(at: Int)
    case repeatedName(at: Int)
    /// A string that is no text: bytes that are no UTF-8, or half of a pair of surrogates.
    case noText(at: Int)

    var words: String {
        switch self {
        case .tooLong: "it has more than \(JSON.mostBytes) bytes"
        case .tooDeep: "its values lie in each other more than \(JSON.deepest) deep"
        case .unexpected(let place): "it is not JSON at byte \(place + 1)"
        case .repeatedName(let place): "a name stands twice in one object, at byte \(place + 1)"
        case .noText(let place): "the string before byte \(place + 1) is no text"
        }
    }
}

/// Reads one value after the other.
struct JSONReader {
    private let bytes: [UInt8]
    private(set) var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }
    private var next: UInt8? { isAtEnd ? nil : bytes[position] }

    mutating func skipSpace() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ text: StaticString) throws(JSONError) {
        for offset in 0..<text.utf8CodeUnitCount where !skip(text.utf8Start[offset]) {
            throw .unexpected(at: position)
        }
    }

    mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth < JSON.deepest else { throw .tooDeep }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try members(depth: depth))
        case UInt8(ascii: "["): return .array(try elements(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"):
            try expect("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try expect("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try expect("null")
            return .null
        default: return .number(try number())
        }
    }

    private mutating func members(depth: Int) throws(JSONError) -> [String: JSON] {
        try expect("{")
        var members: [String: JSON] = [:]
        skipSpace()
        if skip(UInt8(ascii: "}")) { return members }
        repeat {
            skipSpace()
            let start = position
            let name = try string()
            skipSpace()
            try expect(":")
            guard members.updateValue(try value(depth: depth + 1), forKey: name) == nil else {
                throw .repeatedName(at: start)
            }
            skipSpace()
        } while skip(UInt8(ascii: ","))
        try expect("}")
        return members
    }

    private mutating func elements(depth: Int) throws(JSONError) -> [JSON] {
        try expect("[")
        var elements: [JSON] = []
        skipSpace()
        if skip(UInt8(ascii: "]")) { return elements }
        repeat {
            elements.append(try value(depth: depth + 1))
            skipSpace()
        } while skip(UInt8(ascii: ","))
        try expect("]")
        return elements
    }
}

// MARK: - Numbers and strings

extension JSONReader {
    private mutating func digits() throws(JSONError) {
        guard let byte = next, 0x30...0x39 ~= byte else { throw .unexpected(at: position) }
        while let byte = next, 0x30...0x39 ~= byte { position += 1 }
    }

    private mutating func number() throws(JSONError) -> String {
        let start = position
        _ = skip(UInt8(ascii: "-"))
        if !skip(UInt8(ascii: "0")) { try digits() }
        if skip(UInt8(ascii: ".")) { try digits() }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func string() throws(JSONError) -> String {
        try expect("\"")
        var text: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw .unexpected(at: position) }
            position += 1
            if byte == UInt8(ascii: "\\") {
                text += try escaped()
            } else {
                text.append(byte)
            }
        }
        try expect("\"")
        guard let valid = String(validating: text, as: UTF8.self) else { throw .noText(at: position) }
        return valid
    }

    /// The UTF-8 of what stands behind a backslash.
    private mutating func escaped() throws(JSONError) -> [UInt8] {
        guard let byte = next else { throw .unexpected(at: position) }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): break
        default: throw .unexpected(at: position - 1)
        }
        var scalar = try fourDigits()
        if 0xD800..<0xDC00 ~= scalar {
            try expect("\\u")
            let low = try fourDigits()
            guard 0xDC00..<0xE000 ~= low else { throw .noText(at: position) }
            scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let character = Unicode.Scalar(scalar) else { throw .noText(at: position) }
        return Array(String(character).utf8)
    }

    private mutating func fourDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw .unexpected(at: position)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
