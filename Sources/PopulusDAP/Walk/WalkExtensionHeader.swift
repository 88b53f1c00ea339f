import PopulusWireCodec

/// What the walk's task extension begins with: its version, and the optional messages that both aggregators know.
///
/// ```
/// uint16 WalkMessageCode;
///
/// uint16 version = 1;
/// WalkMessageCode messages<0..2^8-1>;   // strictly ascending
/// ```
///
/// A ``WalkOptionalMessage`` is used where it is listed, and nowhere else.
///
/// Spec: <doc:WalkExtension>
struct WalkExtensionHeader: Hashable, Sendable, WireCodable {
    static let version: UInt16 = 1

    /// Their codes, ascending.
    let messages: [UInt16]

    init(messages: Set<WalkOptionalMessage>) {
        self.messages = messages.map(\.rawValue).sorted()
    }

    /// Those of ``messages`` that are known here.
    var knownMessages: Set<WalkOptionalMessage> { Set(messages.compactMap { WalkOptionalMessage(rawValue: $0) }) }

    /// Those of ``messages`` that are not known here: who does not know one takes no part in the task.
    var unknownMessages: [UInt16] { messages.filter { WalkOptionalMessage(rawValue: $0) == nil } }

    func encode(into writer: inout WireWriter) {
        writer.append(u16: Self.version)
        writer.append(u8: UInt8(2 * messages.count))
        for message in messages { writer.append(u16: message) }
    }

    init(from reader: inout WireReader) throws(WireError) {
        guard try reader.readU16() == Self.version else { throw .badValue("version") }
        var list = WireReader(try reader.readOpaque8())
        var messages: [UInt16] = []
        while !list.isAtEnd { messages.append(try list.readU16()) }
        guard zip(messages, messages.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .badValue("messages") }
        self.messages = messages
    }

    /// Tells an extension that another version made from one that is damaged.
    static func check(_ data: [UInt8]) throws(WalkExtensionError) {
        var reader = WireReader(data)
        let header: WalkExtensionHeader
        do {
            var start = reader
            let found = try start.readU16()
            guard found >= version else { throw WalkExtensionError.earlierVersion }
            guard found == version else { throw WalkExtensionError.laterVersion(found) }
            header = try reader.read()
        } catch let error as WireError {
            throw .malformed(error)
        } catch let error as WalkExtensionError {
            throw error
        } catch {
            throw .malformed(.badValue("version"))
        }
        guard header.unknownMessages.isEmpty else { throw .unknownMessages(header.unknownMessages) }
    }
}

/// Why a task of walks cannot be taken part in.
package enum WalkExtensionError: Error, Hashable, Sendable {
    case malformed(WireError)
    /// Made before the extension had a version.
    case earlierVersion
    case laterVersion(UInt16)
    /// It lists optional messages that are not known here.
    case unknownMessages([UInt16])
    /// One step cannot be an inner one and the leaf.
    case tooFewBits
}

extension WalkExtensionError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let error): "the walk extension does not decode: \(error)"
        case .earlierVersion:
            "the task was made by an earlier version, whose walks lack the bound on bits a step: a Collector with a "
                + "dictionary could read single strings"
        case .laterVersion(let version):
            "the task has version \(version) of the walk extension, this program knows \(WalkExtensionHeader.version): "
                + "use a newer Populus"
        case .unknownMessages(let codes):
            "the task's walks use messages that this program does not know: "
                + codes.map { "\($0)" }.joined(separator: ", ") + "; use a newer Populus"
        case .tooFewBits:
            "a task of walks has strings of at least 2 bits: the first step does not ask for whole strings"
        }
    }
}
