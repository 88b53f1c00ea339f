import AggregatorHost
import ArgumentParser
import PopulusDAP
import PopulusTLS

/// Whose certificate is expected, of one task or of all.
struct PinnedOption: Sendable {
    let task: TaskID?
    let peer: PinnedPeer

    /// Reads `[TASK=]NAME` or `[TASK=]sha256:DIGITS`.
    static let read: @Sendable (String) throws -> Self = { text in
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        var task: TaskID?
        if parts.count == 2 {
            guard let named = TaskID(base64URL: parts[0]) else {
                throw ValidationError("\"\(parts[0])\" before the = is no task ID, as `populus task show` prints it")
            }
            task = named
        }
        guard let last = parts.last, let peer = PinnedPeer(String(last)) else {
            throw ValidationError(
                "give a host's name that the certificate has, such as leader.example, or its key as sha256: and 64 "
                    + "hexadecimal digits")
        }
        return Self(task: task, peer: peer)
    }
}

extension PinnedPeers {
    init(_ options: [PinnedOption]) {
        self.init()
        for option in options { add(option.peer, for: option.task) }
    }
}
