import HTTPServing
import HTTPTypes
import PopulusDAP

/// An admitted request.
package enum DashboardRoute: Sendable {
    /// A style, a script or a picture: for everybody.
    case asset(DashboardAsset)
    /// The login's form, for who is not logged in.
    case login
    /// The login's form was sent.
    case logIn(isSecure: Bool, earlier: Sessions.Session?)
    /// A page, a file or a stream, for a session.
    case look(DashboardPath, FormFields, Sessions.Session)
    /// A form of a session's page was sent.
    case send(DashboardPath, Sessions.Session, isSecure: Bool)
}

extension DashboardPath {
    /// Reads the path of an address; nil where nothing is at it.
    ///
    /// It is the inverse of ``text``: every address has one spelling.
    package init?(reading path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        guard let found = Self.reading(parts), found.text == path else { return nil }
        self = found
    }

    private static func reading(_ parts: [String]) -> DashboardPath? {
        switch parts.first {
        case "" where parts.count == 1: return .tasks
        case "login": return .login
        case "logout": return .logout
        case "assets" where parts.count == 2: return DashboardAsset.Name(rawValue: parts[1]).map { .asset($0) }
        case "tasks" where parts.count >= 2: return task(parts[1], Array(parts.dropFirst(2)))
        default: return nil
        }
    }

    private static func task(_ task: String, _ rest: [String]) -> DashboardPath? {
        guard TaskID(base64URL: task) != nil else { return nil }
        switch (rest.first, rest.count) {
        case (nil, _): return .task(task)
        case ("discover", 1): return .discover(task: task)
        case ("start", 1): return .start(task: task)
        case ("live", 1): return .live(task: task)
        case ("events", 1): return .events(task: task)
        case ("strings", 2): return Base64URL.decode(rest[1]).map { .string(task: task, ForeignValue($0)) }
        // An ID is one, so that an address has nothing else in it.
        case ("walks", _), ("collections", _):
            guard rest.count > 1, Base64URL.decode(rest[1]) != nil else { return nil }
            return kept(task, rest)
        default: return nil
        }
    }

    private static func kept(_ task: String, _ rest: [String]) -> DashboardPath? {
        switch (rest.first, rest.count) {
        case ("walks", 2): return .walk(task: task, walk: rest[1])
        case ("walks", 3) where rest[2] == "comparison": return .comparison(task: task, walk: rest[1])
        case ("walks", 3): return format(rest[2]).map { .walkFile(task: task, walk: rest[1], $0) }
        case ("collections", 2): return .collection(task: task, key: rest[1])
        case ("collections", 3): return format(rest[2]).map { .collectionFile(task: task, key: rest[1], $0) }
        default: return nil
        }
    }

    private static func format(_ name: String) -> DownloadFormat? {
        DownloadFormat.allCases.first { "result.\($0.rawValue)" == name }
    }

    /// What may be asked at an address.
    var methods: [HTTPRequest.Method] {
        switch self {
        case .logout, .start: [.post]
        case .login, .discover: [.get, .head, .post]
        case .events: [.get]
        default: [.get, .head]
        }
    }
}
