extension PopulusClient {
    /// What who uses the app has said of taking part.
    ///
    /// The app asks, and keeps the answer: it gives it at every start.
    public enum Consent: Sendable, Hashable {
        /// Nobody was asked yet. Reports of an earlier start stay where they are, and none is made or sent.
        case notAsked
        /// Reports may be made and sent.
        case given
        /// None may: the queue is erased.
        case withdrawn
    }
}
