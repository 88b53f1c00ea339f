#if PostgreSQL
import Aggregator
import PopulusDAP

/// PostgreSQL's integers are signed; a time beyond them is later than any.
func signed(_ value: UInt64) -> Int64 { Int64(clamping: value) }

extension PostgreSQLValue {
    static func number(_ value: UInt64) -> Self { .integer(signed(value)) }

    static func number(_ value: some BinaryInteger) -> Self { .integer(Int64(clamping: value)) }

    static func number(_ value: UInt64?) -> Self { value.map { .number($0) } ?? .null }

    static func id(_ id: some OpaqueID) -> Self { .bytes(id.bytes) }

    static func id(_ id: (some OpaqueID)?) -> Self { id.map { .bytes($0.bytes) } ?? .null }
}

extension PostgreSQLColumns {
    /// The same as what `read` reads, or nothing.
    mutating func optional<T>(_ read: (inout PostgreSQLColumns) throws -> T) throws -> T? {
        isNull ? skip() : try read(&self)
    }

    /// A column that holds a resource's identifier.
    mutating func resource() throws -> ResourceID {
        guard let id = ResourceID(bytes: try bytes()) else { throw StoreError.damaged("column resource_id") }
        return id
    }

    /// Two columns: the first number and the one after the last.
    mutating func range() throws -> Range<UInt64> {
        let (first, end): (UInt64, UInt64) = (try number(), try number())
        guard first <= end else { throw StoreError.damaged("a range of a walk") }
        return first..<end
    }
}
#endif
