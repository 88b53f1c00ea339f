import PopulusDAP

/// The place of a sealed value in a task's tables: a column, and what tells its row from all others for ever.
package struct SealedCell: Sendable {
    package let column: TaskSeal.Column
    /// What is authenticated with the value.
    let row: [UInt8]

    private init(_ column: TaskSeal.Column, _ row: [UInt8] = []) { (self.column, self.row) = (column, row) }

    /// Of the task's one row.
    package static let noiseKey = SealedCell(.noiseKey)

    /// The sum of a walk's shard.
    package static func sum(walk: [UInt8], ordinal: Int) -> SealedCell { SealedCell(.sum, walk + number(ordinal)) }

    /// What a batch's job keeps of its messages.
    ///
    /// - Parameters:
    ///   - column: one of those.
    ///   - job: its ID in DAP.
    package static func message(_ column: TaskSeal.Column, job: [UInt8]) -> SealedCell { SealedCell(column, job) }

    /// The aggregate share of a batch bucket.
    package static func share(bucket key: [UInt8]) -> SealedCell { SealedCell(.share, key) }

    /// A secret of the task.
    package static func secret(number: Int, kind: String, label: [UInt8]) -> SealedCell {
        SealedCell(.secret, self.number(number) + Array("\(kind) ".utf8) + label)
    }

    private static func number(_ value: Int) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
    }
}

extension ShardRecord {
    package var sumCell: SealedCell { .sum(walk: progress.walk.bytes, ordinal: progress.ordinal) }
}

extension BatchJobRecord {
    /// Where one of its messages is kept; there are none before it has an ID.
    package func cell(_ column: TaskSeal.Column) -> SealedCell { .message(column, job: jobID?.bytes ?? []) }
}

extension BatchBucket {
    package var shareCell: SealedCell { .share(bucket: key.bytes) }
}
