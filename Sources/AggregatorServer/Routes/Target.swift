import PopulusDAP

/// A request's path, taken apart under the aggregator's base path.
struct Target {
    /// The segments below the base path; nothing if the path lies elsewhere.
    let segments: [Substring]?
    private let query: Substring

    /// - Parameter base: the base URL's path, such as `/` or `/api/dap/`.
    init(path: String, base: String) {
        let end = path.firstIndex(of: "?") ?? path.endIndex
        query = path[end...].dropFirst()
        let resource = path[..<end]
        guard resource.hasPrefix(base) else {
            segments = nil
            return
        }
        // A peer may join a base URL that ends with a slash and "/tasks/…" as they stand: one slash more is the same.
        var rest = resource.dropFirst(base.count)
        if rest.first == "/" { rest = rest.dropFirst() }
        segments = rest.split(separator: "/", omittingEmptySubsequences: false)
    }

    /// The value of a query parameter.
    func query(_ name: String) -> Substring? {
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0] == name { return parts[1] }
        }
        return nil
    }

    /// The segment that stands for a name in a row's path.
    func parameter(_ name: String, of row: RouteRow) -> Substring? {
        guard let segments, let index = row.path.firstIndex(of: "{\(name)}"), index < segments.count else { return nil }
        return segments[index]
    }

    /// The segment that stands for a job or a share, where the row's path has one.
    func idParameter(of row: RouteRow) -> Substring? { parameter("job", of: row) ?? parameter("share", of: row) }

    /// The task that the path names, for problem documents.
    var task: TaskID? {
        guard let segments, segments.count > 1, segments[0] == "tasks" else { return nil }
        return TaskID(base64URL: segments[1])
    }
}
