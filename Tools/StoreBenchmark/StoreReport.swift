import BenchmarkSupport

/// All rows, as lines or as JSON.
struct StoreReport: Codable {
    var cpu: String
    var path: String
    var reports: Int
    var rows: [Row] = []
    var uploads: UploadRate?

    /// How long uploads of another task waited while something was done.
    struct Row: Codable {
        /// How the batch is chosen.
        var batch: String
        var what: String
        var milliseconds: Double
        var uploads: Int
        var longestMilliseconds: Double
        var medianMilliseconds: Double
        /// The longest and the median wait as multiples of those while nothing was done.
        var longestRatio: Double
        var medianRatio: Double

        /// - Parameter alone: the waits while nothing was done.
        init(batch: String, what: String, took: Duration, _ waits: [Duration], beside alone: [Duration]) {
            (self.batch, self.what, milliseconds, uploads) = (batch, what, Self.milliseconds(took), waits.count)
            let (sorted, before) = (waits.sorted(), alone.sorted())
            longestMilliseconds = Self.milliseconds(sorted.last)
            medianMilliseconds = Self.milliseconds(sorted.dropFirst(sorted.count / 2).first)
            longestRatio = longestMilliseconds / Self.milliseconds(before.last)
            medianRatio = medianMilliseconds / Self.milliseconds(before.dropFirst(before.count / 2).first)
        }

        private static func milliseconds(_ duration: Duration?) -> Double { (duration ?? .zero) / .milliseconds(1) }
    }

    var text: String {
        (["\(cpu); \(reports) reports wait; an upload of another task waits, on disk included:"] + rows.map(Self.line))
            .joined(separator: "\n") + (uploads.map { "\n\($0.text)" } ?? "")
    }

    private static func line(_ row: Row) -> String {
        """
        \(row.batch), \(row.what) (\(format(row.milliseconds, 1)) ms): longest \(format(row.longestMilliseconds, 1)) ms = \
        \(format(row.longestRatio, 2)) of that alone, median \(format(row.medianMilliseconds, 2)) ms = \
        \(format(row.medianRatio, 2)), \(row.uploads) uploads
        """
    }
}
