/// The rows of the contexts: a table of fixed size with open addressing, an eighth of the time of a dictionary.
struct URLContexts {
    /// A power of two, more than three times the contexts of `url-1`.
    private static let size = 1 << 14

    /// The key of each place, 0 where it is free.
    private var keys = [UInt32](repeating: 0, count: size)
    private var rows = [UInt16](repeating: 0, count: size)

    /// A number for the last `order` bytes of a context; not zero.
    private static func key(_ context: UInt32, order: Int) -> UInt32 {
        UInt32(order + 1) << 24 | context & (1 << UInt32(8 * order) - 1)
    }

    /// The place of a key, or the free one where it would be.
    private func place(of key: UInt32) -> Int {
        var place = Int((key &* 0x9e37_79b1) >> 18)
        while keys[place] != key, keys[place] != 0 { place = (place + 1) & (Self.size - 1) }
        return place
    }

    /// The row of the last `order` bytes of a context, if they have one.
    subscript(context: UInt32, order order: Int) -> Int? {
        let key = Self.key(context, order: order)
        let place = place(of: key)
        return keys[place] == key ? Int(rows[place]) : nil
    }

    /// - Precondition: there are far fewer contexts than places.
    mutating func add(_ row: Int, for context: UInt32, order: Int) {
        let key = Self.key(context, order: order)
        let place = place(of: key)
        keys[place] = key
        rows[place] = UInt16(row)
    }
}
