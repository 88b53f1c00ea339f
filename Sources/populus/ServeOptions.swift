import AggregatorHTTP
import ArgumentParser
import Foundation

/// What `leader` and `helper` have in common.
struct ServeOptions: ParsableArguments {
    /// Where an aggregator with this base URL probably listens.
    static func likelyAddress(of url: String) -> String {
        let parts = URLComponents(string: url)
        let port = parts?.port ?? (parts?.scheme == "https" ? 443 : 80)
        return "\(parts?.host ?? "127.0.0.1"):\(port)"
    }
}
