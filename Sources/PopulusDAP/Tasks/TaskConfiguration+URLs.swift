extension TaskConfiguration {
    /// The address of a resource of the Leader, such as `tasks/{task-id}/reports`.
    package func leaderURL(_ path: String) -> String { Self.join(leaderEndpoint, path) }

    /// The address of a resource of the Helper.
    package func helperURL(_ path: String) -> String { Self.join(helperEndpoint, path) }

    private static func join(_ endpoint: [UInt8], _ path: String) -> String {
        let base = String(decoding: endpoint, as: UTF8.self)
        return base.hasSuffix("/") ? base + path : base + "/" + path
    }
}
