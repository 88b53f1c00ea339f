import PopulusDAP

/// The addresses of the dashboard: pages link to them, and the server answers at them.
///
/// IDs are base64url texts without padding, and a string in an address is its bytes in base64url: no address needs an escape.
package enum DashboardPath: Hashable, Sendable {
    case tasks
    /// A form, and where it is sent to.
    case login
    /// Where a form is sent to.
    case logout
    case task(String)
    /// A form for the threshold, and where it is sent to; answered with a question.
    case discover(task: String)
    /// Where the answer to that question is sent to.
    case start(task: String)
    /// The walk that is going on.
    case live(task: String)
    /// Its server-sent events.
    case events(task: String)
    case walk(task: String, walk: String)
    case walkFile(task: String, walk: String, DownloadFormat)
    /// A form's target: the walk before is the parameter `with`.
    case comparison(task: String, walk: String)
    case string(task: String, ForeignValue)
    case collection(task: String, key: String)
    case collectionFile(task: String, key: String, DownloadFormat)
    case asset(DashboardAsset.Name)
}

/// What a result is downloaded as.
package enum DownloadFormat: String, Hashable, Sendable, CaseIterable {
    case csv
    case json
}

extension DashboardPath {
    /// The path, from its first slash on, without a query.
    package var text: String {
        switch self {
        case .tasks: "/"
        case .login: "/login"
        case .logout: "/logout"
        case .task(let task): "/tasks/\(task)"
        case .discover(let task): "/tasks/\(task)/discover"
        case .start(let task): "/tasks/\(task)/start"
        case .live(let task): "/tasks/\(task)/live"
        case .events(let task): "/tasks/\(task)/events"
        case .walk(let task, let walk): "/tasks/\(task)/walks/\(walk)"
        case .walkFile(let task, let walk, let format): "/tasks/\(task)/walks/\(walk)/result.\(format.rawValue)"
        case .comparison(let task, let walk): "/tasks/\(task)/walks/\(walk)/comparison"
        case .string(let task, let value): "/tasks/\(task)/strings/\(Base64URL.encode(value.bytes))"
        case .collection(let task, let key): "/tasks/\(task)/collections/\(key)"
        case .collectionFile(let task, let key, let format):
            "/tasks/\(task)/collections/\(key)/result.\(format.rawValue)"
        case .asset(let name): "/assets/\(name.rawValue)"
        }
    }
}
