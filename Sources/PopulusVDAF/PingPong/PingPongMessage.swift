import PopulusWireCodec

/// A message of the ping-pong topology; its parts are opaque bytes, encoded as the VDAF says.
///
///     enum { initialize(0), continue(1), finish(2), (255) } MessageType;
///     struct {
///       MessageType type;
///       select (Message.type) {
///         case initialize: opaque verifier_share<0..2^32-1>;
///         case continue:   opaque verifier_message<0..2^32-1>; opaque verifier_share<0..2^32-1>;
///         case finish:     opaque verifier_message<0..2^32-1>;
///       };
///     } Message;
///
/// Spec: VDAF §5.7.1.
public enum PingPongMessage: Hashable, Sendable {
    /// The Leader's first message.
    case initialize(verifierShare: [UInt8])
    /// The message of a round, and the sender's share of the next one.
    case `continue`(verifierMessage: [UInt8], verifierShare: [UInt8])
    /// The message of the last round.
    case finish(verifierMessage: [UInt8])
}

extension PingPongMessage: WireCodable {
    package func encode(into writer: inout WireWriter) {
        switch self {
        case .initialize(let share):
            writer.append(u8: 0)
            writer.append(opaque32: share)
        case .continue(let message, let share):
            writer.append(u8: 1)
            writer.append(opaque32: message)
            writer.append(opaque32: share)
        case .finish(let message):
            writer.append(u8: 2)
            writer.append(opaque32: message)
        }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        switch try reader.readU8() {
        case 0: self = .initialize(verifierShare: try reader.readOpaque32())
        case 1:
            let message = try reader.readOpaque32()
            self = .continue(verifierMessage: message, verifierShare: try reader.readOpaque32())
        case 2: self = .finish(verifierMessage: try reader.readOpaque32())
        default: throw .badValue("ping-pong message type")
        }
    }
}

extension PingPongMessage {
    /// The message in bytes.
    ///
    /// - Precondition: Each part has fewer than 2^32 bytes, as all messages of VDAFs have.
    public func encode() -> [UInt8] { encoded() }

    /// Decodes the whole of `bytes`.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.unexpectedMessage` for an unknown type.
    public init(encoded bytes: [UInt8]) throws(VDAFError) {
        do throws(WireError) {
            self = try PingPongMessage(decoding: bytes)
        } catch {
            switch error {
            case .truncated: throw .truncated
            case .trailing: throw .trailingBytes
            case .badValue: throw .unexpectedMessage
            }
        }
    }
}

extension PingPongMessage: CustomStringConvertible, CustomReflectable {
    /// The type alone: the parts are shares.
    public var description: String {
        switch self {
        case .initialize: "initialize"
        case .continue: "continue"
        case .finish: "finish"
        }
    }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
