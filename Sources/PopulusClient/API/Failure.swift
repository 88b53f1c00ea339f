extension PopulusClient {
    /// Why nothing was accepted, or nothing sent.
    ///
    /// None says what was measured.
    public enum Failure: Error, Sendable, Hashable {
        /// The task's text cannot be used; the reason.
        case task(String)
        /// An option is out of range; what would be right.
        case options(String)
        /// Consent was not given, or was withdrawn meanwhile.
        case noConsent
        /// The task does not take the value; what it takes.
        case notOfTheTask(String)
        /// The window has as many reports as the cap lets it have.
        case capReached(Cap)
        /// As many reports wait as may.
        case queueFull
        /// The disk has no room: nothing was accepted.
        case diskFull
        /// The queue's files cannot be used; the system's reason.
        case storage(String)
        /// Another process, or another client of this one, has the queue; its folder.
        case queueInUse(String)
        /// The servers' keys are not to be had, so that nothing can be sealed: nothing was accepted.
        case noKeys(Obstacle)
        /// A server offers none of the keys that were expected: nothing is sealed to others.
        case unexpectedKeys(Server)
        /// Reports wait still.
        case notSent(Obstacle)
        /// The calling task was cancelled: nothing was accepted.
        case cancelled
        /// The client is closed.
        case closed
    }

    /// One of the two servers.
    public enum Server: String, Sendable, Hashable {
        /// The one that reports go to.
        case leader
        /// The other one.
        case helper
    }

    /// What stands between this client and a server.
    public enum Obstacle: Error, Sendable, Hashable {
        /// There was no answer.
        case unanswered(Server)
        /// The server is busy, or away behind a proxy; the status.
        case unavailable(Server, status: Int)
        /// The upload token is wrong, or there is none and there must be one; the status.
        case unauthorized(status: Int)
        /// The server does not do it; the status, and the problem's type, if it says one.
        case refused(Server, status: Int, type: String?)
        /// Who answers is no server of this protocol, such as the page where a network asks for a password; the status.
        case strange(Server, status: Int)
        /// The queue's files cannot be read.
        case storage(String)
    }
}

extension PopulusClient.Failure: CustomStringConvertible {
    /// What is wrong, and what would be right.
    public var description: String {
        switch self {
        case .task(let reason): "the task cannot be used: \(reason)"
        case .options(let reason): "the options cannot be used: \(reason)"
        case .noConsent: "consent was not given"
        case .notOfTheTask(let taken): "the task does not take this value; it takes \(taken)"
        case .capReached(let cap): "there were \(cap.reports) reports in a window of \(cap.seconds) seconds already"
        case .queueFull: "as many reports wait as may; they go when the Leader answers"
        case .diskFull: "the disk is full: the report was not accepted"
        case .storage(let reason): "the queue's files cannot be used: \(reason)"
        case .queueInUse(let folder): "another client has the queue in \(folder)"
        case .noKeys(let obstacle): "the servers' keys are not to be had: \(obstacle)"
        case .unexpectedKeys(let server): "the \(server.rawValue) offers none of the expected keys"
        case .notSent(let obstacle): "reports wait still: \(obstacle)"
        case .cancelled: "the task was cancelled"
        case .closed: "the client is closed"
        }
    }
}

extension PopulusClient.Obstacle: CustomStringConvertible {
    /// What is in the way.
    public var description: String {
        switch self {
        case .unanswered(let server): "the \(server.rawValue) does not answer"
        case .unavailable(let server, let status): "the \(server.rawValue) is not available (status \(status))"
        case .unauthorized(let status): "the upload token is wrong or missing (status \(status))"
        case .refused(let server, let status, let type):
            "the \(server.rawValue) refuses (status \(status)\(type.map { ", \($0)" } ?? ""))"
        case .strange(let server, let status):
            "what answers in the \(server.rawValue)'s place does not speak DAP (status \(status))"
        case .storage(let reason): "the queue's files cannot be read: \(reason)"
        }
    }
}
