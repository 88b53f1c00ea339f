import ResultText

/// One page of a walk's strings.
package struct TablePage: Hashable, Sendable {
    package let rows: [StringRow]
    /// How many strings the query leaves, and how many there are.
    package let found: Int
    package let total: Int
    /// Counted from 1.
    package let page: Int
    package let pages: Int
    /// The greatest count of the walk, which has the longest bar.
    package let greatest: UInt64

    /// So many rows are read by people without waiting, and by a phone too.
    package static let rowsPerPage = 200

    /// - Parameter all: the strings of a walk, most votes first.
    package init(of all: [StringRow], _ query: TableQuery) {
        let found = Self.rows(all, query)
        let (page, pages) = Self.place(of: query.page, among: found.count)
        rows = Array(found.dropFirst((page - 1) * Self.rowsPerPage).prefix(Self.rowsPerPage))
        self.found = found.count
        total = all.count
        self.page = page
        self.pages = pages
        greatest = all.map(\.count).max() ?? 0
    }

    /// The page that is shown where another is asked for, and how many there are; one at least.
    package static func place(
        of asked: Int, among rows: Int, each rowsPerPage: Int = rowsPerPage
    ) -> (page: Int, pages: Int) {
        let pages = max(1, (rows + rowsPerPage - 1) / rowsPerPage)
        return (min(max(1, asked), pages), pages)
    }

    /// All strings that a query leaves, in its order: what a download of a view has.
    package static func rows(_ all: [StringRow], _ query: TableQuery) -> [StringRow] {
        let needle = SearchedText(query.search)
        let left = all.filter { isLeft($0, by: query) && needle.isIn($0.value.bytes) }
        let sorted = left.sorted { precedes($0, $1, query.sort) }
        return query.descends ? sorted.reversed() : sorted
    }

    private static func isLeft(_ row: StringRow, by query: TableQuery) -> Bool {
        if let host = query.host, row.host != host { return false }
        if let group = query.group, row.group != group { return false }
        if let change = query.change, row.change != change { return false }
        guard let path = query.path else { return true }
        return row.place?.bytes.starts(with: path.bytes) ?? false
    }

    /// Upwards; equal rows by rank, so that there is one order.
    private static func precedes(_ one: StringRow, _ other: StringRow, _ column: TableQuery.Column) -> Bool {
        func rank() -> Bool { one.rank < other.rank }
        switch column {
        case .count: return one.rank > other.rank
        case .value:
            return one.value == other.value
                ? rank() : one.value.bytes.lexicographicallyPrecedes(other.value.bytes)
        case .group:
            guard one.group != other.group else { return rank() }
            return (one.group?.bytes ?? []).lexicographicallyPrecedes(other.group?.bytes ?? [])
        case .change:
            return one.change == other.change ? rank() : place(of: one.change) < place(of: other.change)
        }
    }

    private static func place(of change: ChangeKind?) -> Int {
        change.flatMap { ChangeKind.allCases.firstIndex(of: $0) } ?? ChangeKind.allCases.count
    }
}

/// What strings are searched for: large and small letters of ASCII are the same.
package struct SearchedText: Sendable {
    private let needle: [UInt8]

    /// - Parameter text: as it was typed, or as a string is shown, with `\xNN` for a byte.
    package init(_ text: String) {
        let bytes = Array(text.utf8)
        needle = (CSVWriter.unescaped(bytes) ?? bytes).map(Self.small)
    }

    /// Whether it is in a value; nothing is in every one.
    package func isIn(_ value: [UInt8]) -> Bool {
        guard let first = needle.first else { return true }
        guard value.count >= needle.count else { return false }
        return (0...(value.count - needle.count)).contains { start in
            Self.small(value[start]) == first
                && needle.indices.allSatisfy { Self.small(value[start + $0]) == needle[$0] }
        }
    }

    private static func small(_ byte: UInt8) -> UInt8 { 0x41...0x5a ~= byte ? byte + 0x20 : byte }
}
