extension PopulusClient {
    /// What becomes of accepted reports.
    public enum Event: Sendable, Hashable {
        /// The Leader has so many more reports.
        case sent(reports: Int)
        /// Sending failed; it is tried again after a pause, in seconds.
        case waiting(Obstacle, seconds: Double)
        /// The Leader refused a report for good, which is gone: the protocol's name of the reason.
        case refused(String)
        /// A report waited too long, and is gone.
        case expired
        /// A report's file cannot be read any more, and is gone.
        case lost
        /// A default report was made for a window without one.
        case madeDefaultReport
        /// No default report can be made.
        case noDefaultReport(Failure)
    }
}
