import PopulusDAP

/// The endpoints of the test API, each below `/internal/test/`.
///
/// The one table of who serves what; The article Interoperation repeats it.
package enum TestEndpoint: String, CaseIterable, Sendable {
    case ready
    case upload
    case endpointForTask = "endpoint_for_task"
    case addTask = "add_task"
    case collectionStart = "collection_start"
    case collectionPoll = "collection_poll"
    /// Our addition: lets a Client and a Collector of ours fill in what the draft does not tell them.
    case taskConfiguration = "task_configuration"

    package static let root = "/internal/test/"

    /// The roles that serve it.
    package var roles: Set<Role> {
        switch self {
        case .ready: [.client, .leader, .helper, .collector]
        case .upload: [.client]
        case .endpointForTask, .taskConfiguration: [.leader, .helper]
        case .addTask: [.leader, .helper, .collector]
        case .collectionStart, .collectionPoll: [.collector]
        }
    }
}
