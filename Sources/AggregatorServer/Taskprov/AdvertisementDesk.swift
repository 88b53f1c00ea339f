import PopulusDAP
import PopulusTLS

/// Who decides on tasks that requests bring.
///
/// Spec: draft-ietf-ppm-dap-taskprov (July 2026) §3.5
package protocol AdvertisementDesk: Sendable {
    /// What whoever brings a task must show; it does not block.
    ///
    /// - Throws: `invalid` where the task is no matter of this aggregator.
    func door(of task: TaskAdvertisement) throws(TaskOptOut) -> TaskDoor

    /// Sees whether a task would be taken up; it does not block.
    func examine(_ task: TaskAdvertisement) throws(TaskOptOut)

    /// Takes a task up; it is durable, and served here, when this returns. One that is there already is no error.
    func takeUp(_ task: TaskAdvertisement) async throws(TaskOptOut)
}

/// Why an aggregator takes a task not up that a request brings.
package enum TaskOptOut: Error, Equatable, Sendable {
    /// It takes no part in it: why.
    case invalid(String)
    /// This process cannot do it now; its log says why.
    case unavailable
}

/// Where a task's resources are, and what each caller shows there.
package struct TaskDoor: Sendable {
    /// The path of the aggregator's base URL, with a slash at both ends.
    package let base: String
    let tokens: [RouteRow.Caller: BearerToken]
    let pinned: [RouteRow.Caller: [PinnedPeer]]
    let uploadTokens: UploadTokens?

    package init(
        base: String, tokens: [RouteRow.Caller: BearerToken], pinned: [RouteRow.Caller: [PinnedPeer]],
        uploadTokens: UploadTokens?
    ) {
        (self.base, self.tokens, self.pinned, self.uploadTokens) = (base, tokens, pinned, uploadTokens)
    }
}

extension ServedTask {
    /// What each caller of this task shows.
    var door: TaskDoor { TaskDoor(base: base, tokens: tokens, pinned: pinned, uploadTokens: uploadTokens) }
}
