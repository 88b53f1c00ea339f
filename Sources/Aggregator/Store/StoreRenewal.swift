import DAP

/// A task whose store is to be renewed: both operators have agreed to go on after a loss.
package struct StoreRenewal: Sendable {
    package let task: TaskID
    package let configurationDigest: [UInt8]
    /// Reports of a time before it are refused, in seconds since the Epoch.
    package let earliestReportTime: UInt64
    package let timePrecision: TimePrecision

    package init(
        task: TaskID, configurationDigest: [UInt8], earliestReportTime: UInt64, timePrecision: TimePrecision
    ) {
        self.task = task
        self.configurationDigest = configurationDigest
        self.earliestReportTime = earliestReportTime
        self.timePrecision = timePrecision
    }
}
