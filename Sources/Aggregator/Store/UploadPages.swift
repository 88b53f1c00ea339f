/// What one write touches of a large batch: uploads of other tasks wait for a page, and not for the batch.
extension StoreReports {
    /// Rows that lie between the uploads of a page at most: a write goes over them too.
    private static var greatestSpan: Int64 { 1 << 16 }

    /// The uploads of these rows and buckets, in pages of at most `limit`, by row.
    ///
    /// A page stays what it is while uploads come and others are erased. Whoever stopped after any of them asks anew, and gets
    /// those that are left.
    package func pages(
        rows: ClosedRange<Int64>, in buckets: Range<UInt64>, limit: Int
    ) throws -> [ClosedRange<Int64>] {
        var pages: [ClosedRange<Int64>] = []
        var count = 0
        try forEachReport(rows: rows, in: buckets) { row, _ in
            if let page = pages.last, count < limit, row - page.lowerBound < Self.greatestSpan {
                pages[pages.count - 1] = page.lowerBound...row
                count += 1
            } else {
                pages.append(row...row)
                count = 1
            }
        }
        return pages
    }

    /// All uploads of some buckets in such pages.
    package func pages(in buckets: Range<UInt64>, limit: Int) throws -> [ClosedRange<Int64>] {
        guard let rows = try rowSpan(of: buckets) else { return [] }
        return try pages(rows: rows, in: buckets, limit: limit)
    }
}
