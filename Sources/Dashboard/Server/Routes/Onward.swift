/// The page that somebody asked for who is not logged in: where the login leads to.
///
/// What a request or a form names is read as an address of the dashboard and written anew. So it leads to no other site, and
/// has no byte that an address of ours has not.
package struct Onward: Hashable, Sendable {
    /// The path, and a query where there is one.
    package let text: String

    /// - Parameter target: a path with or without a query; nothing where no page that is only looked at is there.
    package init?(_ target: String) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let path = DashboardPath(reading: String(first)), Self.isPage(path) else {
            return nil
        }
        let query = parts.count > 1 ? TableQuery(FormFields(parts[1].utf8)).text : ""
        text = query.isEmpty ? path.text : "\(path.text)?\(query)"
    }

    private static func isPage(_ path: DashboardPath) -> Bool {
        switch path {
        case .tasks, .task, .discover, .live, .walk, .comparison, .string, .collection: true
        case .login, .logout, .start, .events, .walkFile, .collectionFile, .asset: false
        }
    }
}
