import PopulusDAP

extension TaskFile {
    /// Refuses addresses that two readers could take differently, and one address for both shares of a report.
    ///
    /// For files that are read: what a program holds already, and what associated data binds, are the bytes as they are.
    package func checkURLs() throws(AggregatorURLsError) {
        let leader = try Self.url(.leader, leaderURL)
        let helper = try Self.url(.helper, helperURL)
        guard !leader.leadsToSame(as: helper) else { throw .oneForBoth(leader.text) }
    }

    private static func url(_ role: Role, _ text: String) throws(AggregatorURLsError) -> AggregatorURL {
        do throws(AggregatorURLError) {
            return try AggregatorURL(text)
        } catch {
            throw .unusable(role, error)
        }
    }
}

/// Why the base URLs of a task's file cannot be used.
package enum AggregatorURLsError: Error, CustomStringConvertible {
    case unusable(Role, AggregatorURLError)
    /// One party would hold both shares of every report.
    case oneForBoth(String)

    package var description: String {
        switch self {
        case .unusable(let role, let error):
            "the \(role == .helper ? "Helper" : "Leader")'s base URL cannot be: \(error)"
        case .oneForBoth(let url):
            "the Leader and the Helper have one base URL, \(url): one party would hold both shares of every report"
        }
    }
}
