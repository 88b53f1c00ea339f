/// How many votes a string needs to be found: a number, or a share of the accepted reports.
///
/// A number can be written as a literal, `discover(threshold: 10)`, and a share as text, `DiscoveryThreshold("0.1%")`.
public struct DiscoveryThreshold: Hashable, Sendable {
    /// As it was written.
    let text: String

    /// As many votes, at least 1.
    public static func votes(_ count: UInt64) -> DiscoveryThreshold { DiscoveryThreshold(text: "\(count)") }

    /// Reads a number such as `10`, or a share such as `0.1%`, above 0 and at most `100%`; nil for anything else.
    public init?(_ text: String) {
        guard Threshold(text) != nil else { return nil }
        self.text = text
    }

    private init(text: String) {
        self.text = text
    }
}

extension DiscoveryThreshold: ExpressibleByIntegerLiteral {
    /// As many votes.
    public init(integerLiteral count: UInt64) { self = .votes(count) }
}

extension DiscoveryThreshold: CustomStringConvertible {
    /// The number or the share, as it was written.
    public var description: String { text }
}
