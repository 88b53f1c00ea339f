extension Range<UInt64> {
    /// Every time, and every bucket.
    static var all: Self { 0..<UInt64.max }
}
