/// Reads the message of a call.
struct Call {
    private var reader: WireReader

    init(_ bytes: [UInt8]) { reader = WireReader(bytes) }

    mutating func u32() throws(CallError) -> UInt32 {
        do throws(WireError) { return try reader.readU32() } catch { throw .malformed }
    }

    mutating func u16() throws(CallError) -> UInt16 {
        do throws(WireError) { return try reader.readU16() } catch { throw .malformed }
    }

    mutating func u64() throws(CallError) -> UInt64 {
        do throws(WireError) { return try reader.readU64() } catch { throw .malformed }
    }

    /// A number of things, in four bytes.
    mutating func count() throws(CallError) -> Int {
        guard let count = Int(exactly: try u32()) else { throw .tooLarge }
        return count
    }

    func finish() throws(CallError) {
        guard reader.isAtEnd else { throw .malformed }
    }

    mutating func opaque16() throws(CallError) -> [UInt8] {
        do throws(WireError) { return try reader.readOpaque16() } catch { throw .malformed }
    }

    mutating func opaque32() throws(CallError) -> [UInt8] {
        do throws(WireError) { return try reader.readOpaque32() } catch { throw .malformed }
    }

    /// How a measurement is given.
    private enum Form: UInt8 {
        case integer = 0
        case vector = 1
        case path = 2
        case string = 3
    }

    /// A measurement: its form, then a number in eight bytes, numbers in eight bytes each, or a path in whole bytes, or the
    /// encoding, the task's ID and a string.
    ///
    /// - Parameter bits: how long a string's path is; nothing where measurements are no strings.
    mutating func measurement(bits: Int?) throws(CallError) -> VdafMeasurement {
        let form: Form
        do throws(WireError) {
            guard let known = Form(rawValue: try reader.readU8()) else { throw .truncated }
            form = known
            switch form {
            case .integer: return .integer(try reader.readU64())
            case .vector:
                var numbers = WireReader(try reader.readOpaque32())
                var vector: [UInt64] = []
                while !numbers.isAtEnd { vector.append(try numbers.readU64()) }
                return .vector(vector)
            case .path, .string: break
            }
        } catch {
            throw .malformed
        }
        guard let bits else { throw .noStrings }
        if form == .string { return .bits(try path(bits: bits)) }
        let bytes = try opaque32()
        do throws(VDAFError) { return .bits(try Prefix(bytes: bytes, bitCount: bits)) } catch { throw .vdaf(error) }
    }

    private mutating func path(bits: Int) throws(CallError) -> Prefix {
        let code = try u32()
        let taskID = try opaque32()
        let string = try opaque32()
        let isGrouped = code >= 16
        switch code % 16 {
        case 1: return try Self.path(of: string, BytesEncoding(), isGrouped, bits)
        case 2 where !isGrouped: return try Self.path(of: string, HexEncoding(), isGrouped, bits)
        case 3:
            return try Self.path(
                of: string, HashEncoding(taskID: taskID), isGrouped, bits, fixedBits: HashEncoding.usualBits)
        case 4:
            guard !URLTables.bytes.isEmpty else { throw .noTables }
            return try Self.path(of: string, URLEncoding(), isGrouped, bits)
        default: throw .unknownEncoding
        }
    }

    /// A string's path, by an encoding that stands alone or behind groups.
    ///
    /// - Parameter fixedBits: how long strings are behind groups, where that is the same for all.
    private static func path(
        of string: [UInt8], _ encoding: some StringEncoding, _ isGrouped: Bool, _ bits: Int, fixedBits: Int? = nil
    ) throws(CallError) -> Prefix {
        do throws(StringEncodingError) {
            guard isGrouped else { return try encoding.path(of: string, bits: bits) }
            let words = GroupedWords(strings: encoding, fixedBits: fixedBits)
            return try words.codeWord(of: string, bits: bits).padded(to: bits)
        } catch {
            throw .string(error)
        }
    }
}

/// The tables of `url-1`, which JavaScript brings from a file of their own; empty until then.
enum URLTables {
    nonisolated(unsafe) static var bytes: [UInt8] = []
}

/// Why a call has no other answer.
enum CallError: Error {
    case malformed
    case unknownVdaf
    case tooLarge
    case vdaf(VDAFError)
    case string(StringEncodingError)
    case noStrings
    case unknownEncoding
    case noTables

    /// Whether the call was right, and the task takes no such measurement.
    var isUnfitMeasurement: Bool {
        switch self {
        case .string, .vdaf(.measurementOutOfRange), .vdaf(.wrongBitCount): true
        default: false
        }
    }

    var text: String {
        switch self {
        case .malformed: "the call is malformed"
        case .unknownVdaf: "the task has a VDAF that this module does not know"
        case .tooLarge: "the task's measurements are too large for this module"
        case .vdaf(.measurementOutOfRange(let allowed)): "the task takes \(allowed)"
        case .vdaf(.wrongBitCount): "the path has another number of bits than the task"
        case .vdaf(.parameterOutOfRange(let what, let allowed)): "\(what) can be \(allowed)"
        case .vdaf: "a nonce, a context or randomness has the wrong size"
        case .string(let error): error.requirement
        case .noStrings: "measurements of the task are no strings"
        case .unknownEncoding: "no such encoding"
        case .noTables: "the tables of the encoding url-1 are missing"
        }
    }
}
