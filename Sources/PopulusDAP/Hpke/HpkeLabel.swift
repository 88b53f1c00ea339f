/// The application information (`info`) of each kind of encryption.
package struct HpkeLabel: Hashable, Sendable {
    package let bytes: [UInt8]

    /// Says `"dap-18 input share" || 0x01 || server_role`.
    ///
    /// Spec: DAP §4.4.2.1
    package static func inputShare(recipient: Role) -> HpkeLabel {
        HpkeLabel(purpose: " input share", sender: .client, recipient: recipient)
    }

    /// Says `"dap-18 aggregate share" || server_role || 0x00`.
    ///
    /// Spec: DAP §4.6.7
    package static func aggregateShare(sender: Role) -> HpkeLabel {
        HpkeLabel(purpose: " aggregate share", sender: sender, recipient: .collector)
    }

    /// Application information of another protocol; for known answers.
    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private init(purpose: String, sender: Role, recipient: Role) {
        bytes = SpecVersion.tagBytes + Array(purpose.utf8) + [sender.rawValue, recipient.rawValue]
    }
}
