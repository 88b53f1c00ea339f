import Crypto
import PopulusDAP

/// The way from one process of a role to another: a request goes to whoever has its job in memory.
package protocol ReplicaLink: Sendable {
    /// Passes a request on to the process at an internal address, and gives its answer.
    ///
    /// - Throws: what the other process refuses it with; `.elsewhere` where it cannot be reached.
    func forward(
        _ request: JobRequest, task: TaskID, to address: String
    ) async throws(AggregatorError) -> AggregationJobAnswer
}

/// What other processes of the role ask of a task's Helper.
package protocol ReplicaService: Sendable {
    /// Answers a request that another process has passed on; never passed on again.
    func answer(forwarded request: JobRequest) async throws(AggregatorError) -> AggregationJobAnswer
}

/// A Leader's request about an aggregation job.
package struct JobRequest: Sendable {
    package enum Kind: Sendable, Hashable {
        /// The job's initialisation.
        case create
        /// A further message.
        case post(MediaType)
        /// Asks for the answer to the request for a step.
        case poll(step: UInt16?)
    }

    package let kind: Kind
    package let id: AggregationJobID
    package let body: [UInt8]
    /// SHA-256 of the body.
    let digest: [UInt8]
    /// For what it commits, where that may wait for others' commits; of this process alone.
    var seat: JointWrites.Seat?

    static func digest(of body: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: body)) }
}
