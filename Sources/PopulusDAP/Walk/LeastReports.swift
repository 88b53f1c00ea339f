/// How many reports a Collector needs at least for a walk to be of use: its threshold, where that is a number.
///
/// A field of the request that begins a walk. A Leader that does not know it begins the walk all the same.
///
/// Spec: <doc:WalkExtension>
package enum LeastReports {
    package static let fieldName = "Populus-Least-Reports"

    /// The field's number: decimal digits; nothing for whatever else it holds.
    package static func number(_ value: String) -> UInt64? {
        guard !value.isEmpty, value.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        return UInt64(value)
    }
}
