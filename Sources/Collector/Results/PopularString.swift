/// One line of a result: a string and how many reports hold it.
package struct PopularString: Hashable, Sendable, Codable {
    package var value: [UInt8]
    package var count: UInt64

    package init(value: [UInt8], count: UInt64) {
        self.value = value
        self.count = count
    }

    /// Most votes first; among equals, ascending by bytes.
    package static func precedes(_ one: PopularString, _ other: PopularString) -> Bool {
        one.count != other.count ? one.count > other.count : one.value.lexicographicallyPrecedes(other.value)
    }
}
