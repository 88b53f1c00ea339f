import Foundation
import PopulusDAP

/// What a Collector has for all tasks of two aggregators that requests bring: its key, and its token at the Leader.
package struct TaskprovCollectorFile: Sendable {
    package let leader: AggregatorURL
    package let helper: AggregatorURL
    package let hpkeKey: HpkeKeyPair
    package let collectorToken: String

    private static let greatestSize = 1 << 16
    private static let format = "populus-taskprov-collector/1"

    private struct JSON: Codable {
        var format: String
        var leader: String
        var helper: String
        var hpke_config: String
        var private_key: String
        var collector_token: String
    }

    package init(leader: AggregatorURL, helper: AggregatorURL, hpkeKey: HpkeKeyPair, collectorToken: String) {
        (self.leader, self.helper, self.hpkeKey, self.collectorToken) = (leader, helper, hpkeKey, collectorToken)
    }

    package init(readingFrom path: String) throws(TaskFileError) {
        try self.init(decoding: try TaskprovBytes.read(path, limit: Self.greatestSize), path: path)
    }

    /// - Parameter path: where the bytes come from, for messages.
    package init(decoding bytes: [UInt8], path: String) throws(TaskFileError) {
        let json = try TaskprovBytes.json(bytes, as: JSON.self, path: path)
        guard json.format == Self.format, TaskFile.isToken(json.collector_token) else {
            throw .malformed(path: path, reason: "its format is not \(Self.format), or its token is none")
        }
        do throws(TaskFileError) {
            self.init(
                leader: try TaskprovBytes.url(json.leader), helper: try TaskprovBytes.url(json.helper),
                hpkeKey: try TaskprovBytes.keyPair(json.hpke_config, json.private_key),
                collectorToken: json.collector_token)
        } catch {
            guard case .inconsistent(let reason) = error else { throw error }
            throw .malformed(path: path, reason: ForeignText.escaped(reason))
        }
    }

    package func encoded() -> [UInt8] {
        let json = JSON(
            format: Self.format, leader: leader.text, helper: helper.text,
            hpke_config: Base64URL.encode(hpkeKey.config.encoded()),
            private_key: Base64URL.encode(hpkeKey.privateKeyBytes), collector_token: collectorToken)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(json)) + [UInt8(ascii: "\n")] } catch {
            preconditionFailure("strings always have a JSON: \(error)")
        }
    }

    /// The Collector's and the clients' files of a task that requests bring.
    package func files(
        of configuration: TaskConfiguration, encoding: String?
    ) throws(TaskFileError) -> (collector: TaskFile, client: TaskFile) {
        let id = configuration.advertisedTaskID
        return (
            try TaskFile(
                taskID: id, configuration: configuration, encoding: encoding,
                secrets: .collector(.init(hpkeKey: hpkeKey, collectorToken: collectorToken))),
            try TaskFile(
                taskID: id, configuration: configuration, encoding: encoding, secrets: .client,
                collectorHpkeConfig: hpkeKey.config)
        )
    }
}

extension TaskprovCollectorFile: CustomStringConvertible, CustomReflectable {
    package var description: String { "TaskprovCollectorFile" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
