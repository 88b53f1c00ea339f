import Foundation
import PopulusDAP

/// A task as an operator is told of it: nothing that is secret.
///
/// Spec: <doc:AdminAPI>
package struct TaskEntry: Sendable, Codable, Equatable {
    /// Where what is needed to serve it comes from.
    package enum Source: String, Sendable, Codable {
        /// A file that was given at the start.
        case file
        /// The store: it was added while a server ran.
        case store
    }

    /// How far it is.
    package enum State: String, Sendable, Codable {
        case active
        /// It takes no further report; what it has may be collected.
        case closing
        /// Its work is over.
        case ended
        /// This process cannot serve it: ``TaskEntry/reason``.
        case unserved
    }

    package var taskID: TaskID
    /// `leader` or `helper`: what this process is in it.
    package var role: String
    package var source: Source
    package var state: State
    /// The task's name for people, as its configuration has it.
    package var name: String
    /// The VDAF's name.
    package var vdaf: String
    package var leader: String
    package var helper: String
    package var fingerprint: String
    /// When it was added, in seconds since the Epoch; of a task of the store.
    package var added: UInt64?
    /// Since when it takes no further report, in seconds since the Epoch.
    package var closed: UInt64?
    /// Since when its work is over, in seconds since the Epoch.
    package var stopped: UInt64?
    /// Why it is not served.
    package var reason: String?

    private enum CodingKeys: String, CodingKey {
        case taskID = "task_id"
        case role, source, state, name, vdaf, leader, helper, fingerprint, added, closed, stopped, reason
    }

    package init(
        taskID: TaskID, role: Role, source: Source, state: State, name: String, vdaf: String, leader: String,
        helper: String, fingerprint: String
    ) {
        (self.taskID, self.role, self.source, self.state) = (taskID, role.name, source, state)
        (self.name, self.vdaf, self.leader, self.helper) = (name, vdaf, leader, helper)
        self.fingerprint = fingerprint
    }
}

/// All tasks of a process, in the order in which they joined.
package struct TaskList: Sendable, Codable, Equatable {
    package var tasks: [TaskEntry]

    package init(tasks: [TaskEntry]) { self.tasks = tasks }
}

/// One task, with how far its work is.
package struct TaskDetails: Sendable, Codable {
    package var task: TaskEntry
    /// Nothing where this process cannot say.
    package var status: TaskStatus?
    /// What the Leader shows its Helper, as SHA-256 in base64url: a Leader's.
    ///
    /// The Helper is told that and no more.
    package var aggregatorTokenDigest: String?
    /// Its keys, those first that are used latest; nothing for a task of a file.
    package var keys: [TaskKeyEntry]?
    /// Its tokens, without what they are; nothing for a task of a file.
    package var tokens: [TaskTokenEntry]?

    private enum CodingKeys: String, CodingKey {
        case task, status, keys, tokens
        case aggregatorTokenDigest = "aggregator_token_sha256"
    }

    package init(task: TaskEntry, status: TaskStatus? = nil, aggregatorTokenDigest: String? = nil) {
        (self.task, self.status, self.aggregatorTokenDigest) = (task, status, aggregatorTokenDigest)
    }
}

/// What an operator asks the tasks of a process for.
package protocol TaskDesk: Sendable {
    func list() async throws(TaskDeskError) -> TaskList
    func show(_ task: TaskID) async throws(TaskDeskError) -> TaskDetails
    /// Takes a task up; it is durable, and served here, when this returns. The same task again is no error.
    ///
    /// - Parameter body: a registration.
    func add(_ body: [UInt8]) async throws(TaskDeskError) -> (TaskDetails, isNew: Bool)
    /// Ends a task, or brings its end further; it is durable when this returns.
    func end(_ task: TaskID, stopping: Bool) async throws(TaskDeskError) -> TaskDetails
    /// Has a new key take the place of a task's; it is durable when this returns. The same again is no other one.
    ///
    /// - Parameter body: a ``KeyRotationRequest``.
    func rotateKey(_ task: TaskID, _ body: [UInt8]) async throws(TaskDeskError) -> (TaskDetails, isNew: Bool)
    /// Changes a task's tokens; it is durable when this returns. The same again changes nothing.
    ///
    /// - Parameter body: a ``TokenRequest``.
    func changeToken(_ task: TaskID, _ body: [UInt8]) async throws(TaskDeskError) -> (TaskDetails, isNew: Bool)
}

/// Why an operator's request is not done.
package enum TaskDeskError: Error, Sendable, Equatable {
    /// The registration cannot be used: why.
    case malformed(String)
    /// No such task is known here.
    case unknown
    /// It does not go together with what is here: why.
    case conflict(String)
    /// This process cannot do it now: why.
    case unavailable(String)
}

extension TaskDeskError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let reason), .conflict(let reason), .unavailable(let reason): reason
        case .unknown: "no such task is known here"
        }
    }
}
