import Foundation

/// An error as a server reports it, in JSON.
///
/// Spec: RFC 9457; DAP §3.6
package struct ProblemDocument: Hashable, Sendable, Codable, Error {
    /// A problem document's media type.
    package static let mediaType = "application/problem+json"

    /// Nothing stands for `about:blank`: the status code says it all.
    package let type: ProblemType?
    package let title: String?
    package let status: Int?
    package let detail: String?
    package let taskID: TaskID?

    /// The code points that the receiver of a message did not recognise.
    package let unsupportedExtensions: [UInt16]?

    /// Whose refusal it is, where the sender says so: a Leader hands on what its Helper refused.
    ///
    /// An extension member of our own: `"party"` is `"leader"` or `"helper"`.
    ///
    /// Spec: <doc:WalkExtension>; RFC 9457 §3.2
    package let party: Role?

    package init(
        type: ProblemType?, title: String? = nil, status: Int? = nil, detail: String? = nil, taskID: TaskID? = nil,
        unsupportedExtensions: [UInt16]? = nil, party: Role? = nil
    ) {
        self.party = party
        self.type = type
        self.title = title ?? type?.title
        self.status = status
        self.detail = detail
        self.taskID = taskID
        self.unsupportedExtensions = unsupportedExtensions
    }

    private enum CodingKeys: String, CodingKey {
        case type, title, status, detail, party
        case taskID = "taskid"
        case unsupportedExtensions = "unsupported_extensions"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(type?.uri, forKey: .type)
        try container.encodeIfPresent(title, forKey: .title)
        try container.encodeIfPresent(status, forKey: .status)
        try container.encodeIfPresent(detail, forKey: .detail)
        try container.encodeIfPresent(taskID, forKey: .taskID)
        try container.encodeIfPresent(unsupportedExtensions, forKey: .unsupportedExtensions)
        try container.encodeIfPresent(party?.name, forKey: .party)
    }

    /// Members of the wrong kind are ignored, as RFC 9457 §3.1 demands.
    ///
    /// Words are the other side's: they are escaped here, before anyone shows, stores or hands them on.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // Each `try?` here is such a member.
        func text(_ key: CodingKeys) -> String? {
            (try? container.decode(String.self, forKey: key)).map { ForeignText.escaped($0) }
        }
        let uri = text(.type)
        type = uri.flatMap { $0 == "about:blank" ? nil : ProblemType(uri: $0) }
        title = text(.title)
        status = try? container.decode(Int.self, forKey: .status)
        detail = text(.detail)
        taskID = try? container.decode(TaskID.self, forKey: .taskID)
        unsupportedExtensions = try? container.decode([UInt16].self, forKey: .unsupportedExtensions)
        let name = try? container.decode(String.self, forKey: .party)
        party = [Role.leader, .helper].first { $0.name == name }
    }

    /// The document's JSON.
    package func encoded() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Text and numbers always have a JSON form.
        return (try? encoder.encode(self)).map { Array($0) } ?? Array("{}".utf8)
    }

    /// Nothing unless the bytes are a JSON object.
    package init?(decoding bytes: [UInt8]) {
        // What is no document says nothing more than the status does.
        guard let value = try? JSONDecoder().decode(ProblemDocument.self, from: Data(bytes)) else { return nil }
        self = value
    }
}
