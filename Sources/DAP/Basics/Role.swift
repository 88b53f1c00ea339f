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
