/// The rows of reports and jobs that belong to a task: its own, whatever others the store holds.
package enum TaskRows {
    private static let bits: Int64 = 40

    package static func range(of task: Int64) -> ClosedRange<Int64> { task << bits + 1...(task + 1) << bits - 1 }

    /// The task that has a row.
    package static func task(of row: Int64) -> Int64 { row >> bits }

    /// What is added to a row of a store that had one task only.
    package static func offset(of task: Int64) -> Int64 { task << bits }
}
