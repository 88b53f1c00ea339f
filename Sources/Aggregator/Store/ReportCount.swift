import PopulusDAP

/// Where a report was turned away.
package enum RejectionPoint: Sendable, Hashable {
    /// At upload (Leader only).
    case upload
    /// When its share was opened, before anything was evaluated.
    case opening
    /// By the verification of a step, at a level of the tree.
    case verification(step: UInt16, level: Int)
    /// Along with its job, which was deleted.
    case deletion
}

/// How many reports of a task were turned away for one reason at one point.
package struct ReportCount: Sendable, Hashable {
    package var error: ReportError
    package var point: RejectionPoint
    package var count: UInt64

    package init(error: ReportError, point: RejectionPoint, count: UInt64) {
        self.error = error
        self.point = point
        self.count = count
    }
}
