/// One line of a result: a string and how many reports hold it.
package struct PopularString: Hashable, Sendable, Codable {
    package var value: [UInt8]
    /// As it was counted; noise can take it below zero, see ``shownCount``.
    package var count: Int64

    package init(value: [UInt8], count: Int64) {
        self.value = value
        self.count = count
    }

    /// The count as it is shown: nothing is held by less than no reports.
    package var shownCount: UInt64 { UInt64(max(0, count)) }

    /// Most votes first; among equals, ascending by bytes.
    package static func precedes(_ one: PopularString, _ other: PopularString) -> Bool {
        one.count != other.count ? one.count > other.count : one.value.lexicographicallyPrecedes(other.value)
    }
}
