import PopulusWireCodec

/// Names an aggregator's store for one task; drawn when the store is made.
///
/// `opaque StoreID[16]`
///
/// Spec: <doc:StoreStatements>
package struct StoreID: OpaqueID {
    package let words: SIMD2<UInt64>

    package init(words: SIMD2<UInt64>) {
        self.words = words
    }
}

/// Names one start of a process on a store.
///
/// `opaque IncarnationID[16]`
///
/// Spec: <doc:StoreStatements>
package struct IncarnationID: OpaqueID {
    package let words: SIMD2<UInt64>

    package init(words: SIMD2<UInt64>) {
        self.words = words
    }
}

/// How far a store got under one incarnation.
///
/// ```
/// struct {
///   IncarnationID id;
///   uint64 count;                      // transactions that are durable and must never be forgotten
/// } Incarnation;
/// ```
///
/// Spec: <doc:StoreStatements>
package struct Incarnation: Hashable, Sendable, WireCodable {
    package let id: IncarnationID
    package var count: UInt64

    package init(id: IncarnationID, count: UInt64) {
        self.id = id
        self.count = count
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(id)
        writer.append(u64: count)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        id = try reader.read()
        count = try reader.readU64()
    }
}

/// What one aggregator durably knows of the other's store.
///
/// ```
/// struct {
///   StoreID store;
///   Incarnation newest<0..2^16-1>;     // at most 64, in the order in which they were first heard of
/// } StoreEcho;
/// ```
///
/// Spec: <doc:StoreStatements>
package struct StoreEcho: Hashable, Sendable, WireCodable {
    /// The most incarnations of an echo.
    package static let greatestCount = 64

    package let store: StoreID
    package let newest: [Incarnation]

    /// - Parameter newest: in the order in which they were first heard of; those before the last 64 are left out.
    package init(store: StoreID, newest: [Incarnation]) {
        self.store = store
        self.newest = Array(newest.suffix(Self.greatestCount))
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(store)
        writer.append(list16: newest)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        store = try reader.read()
        newest = try reader.readList16()
        guard newest.count <= Self.greatestCount else { throw .badValue("StoreEcho.newest") }
    }
}

/// What an aggregator says of its store with every message to the other, and what it knows of the other's.
///
/// ```
/// struct {
///   uint8 version;                     // 1
///   StoreID store;
///   Incarnation current;
///   StoreEcho echo<0..1>;              // absent while nothing is known
/// } StoreStatement;
/// ```
///
/// Spec: <doc:StoreStatements>
package struct StoreStatement: Hashable, Sendable, WireCodable {
    /// The field of requests and answers that carries it.
    package static let fieldName = "Populus-Store"
    private static let version: UInt8 = 1

    package let store: StoreID
    package let current: Incarnation
    package let echo: StoreEcho?

    package init(store: StoreID, current: Incarnation, echo: StoreEcho?) {
        self.store = store
        self.current = current
        self.echo = echo
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(u8: Self.version)
        writer.append(store)
        writer.append(current)
        writer.append(u8: echo == nil ? 0 : 1)
        if let echo { writer.append(echo) }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        guard try reader.readU8() == Self.version else { throw .badValue("StoreStatement.version") }
        store = try reader.read()
        current = try reader.read()
        switch try reader.readU8() {
        case 0: echo = nil
        case 1: echo = try reader.read()
        default: throw .badValue("StoreStatement.echo")
        }
    }

    /// The field's value: the structure in base64url without padding.
    package var fieldValue: String { Base64URL.encode(encoded()) }

    /// Fails for what is no statement of this version.
    package init?(fieldValue: String) {
        // Whoever reads it says that it does not decode.
        guard let bytes = Base64URL.decode(fieldValue), let statement = try? StoreStatement(decoding: bytes) else {
            return nil
        }
        self = statement
    }
}
