import Foundation

/// What an aggregator's process says to its own operator: whether it is ready, and how each of its tasks is.
///
/// JSON, for `populus status --admin`. Members that are not known are passed over.
package struct ProcessStatus: Hashable, Sendable, Codable {
    /// `leader` or `helper`.
    package var role: String
    /// Why it takes no requests now; nothing where it does.
    package var notReady: String?
    package var tasks: [TaskStatus]

    private enum CodingKeys: String, CodingKey {
        case role, tasks
        case notReady = "not_ready"
    }

    package init(role: Role, notReady: String?, tasks: [TaskStatus]) {
        (self.role, self.notReady, self.tasks) = (role.name, notReady, tasks)
    }

    /// The JSON.
    package func encoded() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Text and numbers always have a JSON form.
        return (try? encoder.encode(self)).map { Array($0) } ?? Array("{}".utf8)
    }

    /// Nothing unless the bytes are such an object; the other side's words are escaped.
    package init?(decoding bytes: [UInt8]) {
        // Other bytes are another server's, or a later version's: then nothing is known.
        guard var status = try? JSONDecoder().decode(ProcessStatus.self, from: Data(bytes)) else { return nil }
        status.role = ForeignText.escaped(status.role)
        status.notReady = status.notReady.map { ForeignText.escaped($0) }
        status.tasks = status.tasks.map(\.escaped)
        self = status
    }
}
