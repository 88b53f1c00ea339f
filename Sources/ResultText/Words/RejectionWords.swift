import PopulusDAP

/// How many reports the aggregators rejected and why, for people.
package enum RejectionWords {
    /// All of them in one line: `rejected reports: 5; 3 by the helper: invalid_message (it does not decode); 2 by …`.
    ///
    /// - Parameter rejections: nothing where they were not told, which is not the same as none.
    package static func line(_ rejections: [RejectedReports]?) -> String {
        guard let rejections else { return "rejected reports: not told by the Leader" }
        guard !rejections.isEmpty else { return "rejected reports: none" }
        let sum = rejections.reduce(0 as UInt128) { $0 + UInt128($1.count) }
        return (["rejected reports: \(sum)"] + rejections.map(words)).joined(separator: "; ")
    }

    /// One party and reason: `3 by the helper: invalid_message (it does not decode)`.
    package static func words(_ rejected: RejectedReports) -> String {
        "\(rejected.count) by the \(rejected.party.name): \(rejected.reason.name) (\(meaning(of: rejected.reason)))"
    }

    /// A reason in words.
    package static func meaning(of reason: ReportError) -> String {
        switch reason {
        case .batchCollected: "its batch takes no more reports"
        case .reportReplayed: "seen before"
        case .reportDropped: "lost with a job that was given up"
        case .hpkeUnknownConfigID: "sealed to a key that is not there"
        case .hpkeDecryptError: "it does not open"
        case .vdafVerifyError: "its shares do not verify"
        case .taskExpired: "the task was over"
        case .invalidMessage: "it does not decode"
        case .reportTooEarly: "its time lies ahead"
        case .taskNotStarted: "the task had not begun"
        case .outdatedConfig: "made for an older configuration"
        }
    }
}
