import Aggregator
import PopulusDAP

extension TaskLife {
    /// The work of a Leader's task is over, and what waits is erased, page by page.
    static let endedTask = TaskLife(
        name: "a Leader's task that has ended", uploads: .byTime,
        prepare: { transaction in
            for number in 1...6 { try transaction.upload(number) }
            try transaction.setTaskEnd(TaskEnd(closed: 3, stopped: 4))
        },
        writes: [erasing(1...3), erasing(2...6)])

    private static func erasing(_ reports: ClosedRange<Int>) -> DueWrite {
        DueWrite("erase reports that wait", of: "\(reports)") { transaction in
            guard try transaction.taskEnd()?.stopped != nil else { return "the task goes on" }
            let count = try transaction.texts(in: .all).count
            // By their places among the six: what is erased has no bytes to be found by.
            let before = try transaction.lastReportRow() - 6
            let rows = (before + Int64(reports.lowerBound))...(before + Int64(reports.upperBound))
            try transaction.eraseBodies(rows: rows, in: .all, isBound: false)
            return "of \(count)"
        }
    }

    /// An operator's word: it may come at any point of a task's life.
    static let operatorWrites = [
        DueWrite("end the task") { transaction in
            try transaction.setTaskEnd(TaskEnd(closed: 5, stopped: 6))
            try transaction.tellOthers()
            for walk in try transaction.someWalks() where walk.end == nil {
                try transaction.endWithShards(walk, .abandoned)
            }
            return "\((1...3).map { (try? transaction.endResource($0, .failed)) ?? false })"
        }
    ]

    /// A report that comes, which a task does not take that has ended, or has forgotten reports of its time.
    static func upload(
        _ number: Int, time: UInt64? = nil, in queue: UploadQueue = .byTime, of what: String = ""
    ) -> DueWrite {
        DueWrite("upload", of: what, .uploads) { transaction in
            guard try transaction.taskEnd() == nil else { return "ended" }
            guard try (time ?? UInt64(number)) >= transaction.forgottenBefore() else { return "too old" }
            return "\(try transaction.upload(number, time: time, in: queue))"
        }
    }
}
