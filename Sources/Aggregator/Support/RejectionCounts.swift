import PopulusDAP

extension StoreTransaction {
    /// Counts reports that a job's verification or its Helper turned away.
    ///
    /// - Parameter walk: whose candidates decided what did not verify; nothing if none did.
    func addCounts(_ errors: [ReportError: Int], step: UInt16, level: Int = 0, in walk: WalkID? = nil) throws {
        for (error, count) in errors {
            if error == .vdafVerifyError {
                try addCount(error, at: .verification(step: step, level: level), count, in: walk)
            } else {
                try addCount(error, at: .opening, count)
            }
        }
    }
}
