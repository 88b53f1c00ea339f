/// The protocol's roles, as they enter HPKE labels.
///
/// `enum { collector(0), client(1), leader(2), helper(3), (255) } Role;`
///
/// Spec: DAP §4.1
package enum Role: UInt8, Sendable, Hashable, CaseIterable {
    case collector = 0
    case client = 1
    case leader = 2
    case helper = 3
}

extension Role {
    /// The role's name: in messages of our own, in task files, and that of its file.
    package var name: String {
        switch self {
        case .collector: "collector"
        case .client: "client"
        case .leader: "leader"
        case .helper: "helper"
        }
    }

    package init?(name: String) {
        guard let role = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = role
    }
}
