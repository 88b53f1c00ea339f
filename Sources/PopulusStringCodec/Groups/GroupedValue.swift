/// A group and a string in it, such as a version and the URL on which it crashed.
///
/// Values go through walks, files and comparisons as bytes. So a value of a task with groups is the group, a tab and the
/// string. No group has a tab in it, so the first one ends the group, whatever the string has.
package struct GroupedValue: Hashable, Sendable {
    package let group: [UInt8]
    package let string: [UInt8]

    /// What ends the group in the bytes of a value.
    package static let separator = UInt8(ascii: "\t")

    package init(group: [UInt8], string: [UInt8]) {
        self.group = group
        self.string = string
    }

    /// Takes a value apart; nil where it has no group.
    package init?(_ value: [UInt8]) {
        guard let end = value.firstIndex(of: Self.separator), end > 0 else { return nil }
        self.init(group: Array(value[..<end]), string: Array(value[(end + 1)...]))
    }

    /// The value.
    package var bytes: [UInt8] { group + [Self.separator] + string }
}
