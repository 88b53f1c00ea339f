import Foundation
import PopulusCollector
import PopulusDAP
import PopulusSchemes
import PopulusStringCodec

/// The task that a kept result is of: what everybody may know of it, and nothing secret.
package struct KeptTask: Hashable, Sendable {
    package let id: TaskID
    /// The name of the scheme, such as `poplar1`.
    package let scheme: String
    /// The scheme with its parameters, for people.
    package let vdaf: String
    /// The length of a string's path; nothing where measurements are no strings.
    package let bits: Int?
    /// The name of the encoding of strings as bits, with its version.
    package let encoding: String?
    package let batchMode: BatchMode
    /// The aggregators' addresses, without a user's name, a password or a query.
    package let leader: String
    package let helper: String

    package init(id: TaskID, configuration: TaskConfiguration, encoding: String?) {
        self.init(
            id: id, scheme: configuration.vdaf.name, vdaf: "\(configuration.vdaf)",
            bits: configuration.vdaf.stringBits, encoding: encoding, batchMode: configuration.batchMode,
            leader: Self.address(configuration.leaderEndpoint), helper: Self.address(configuration.helperEndpoint))
    }

    init(
        id: TaskID, scheme: String, vdaf: String, bits: Int?, encoding: String?, batchMode: BatchMode, leader: String,
        helper: String
    ) {
        self.id = id
        self.scheme = scheme
        self.vdaf = vdaf
        self.bits = bits
        self.encoding = encoding
        self.batchMode = batchMode
        self.leader = leader
        self.helper = helper
    }

    /// Scheme, host, port and path of a URL; nothing of what is none.
    private static func address(_ url: [UInt8]) -> String {
        guard var parts = URLComponents(string: String(decoding: url, as: UTF8.self)) else { return "" }
        (parts.user, parts.password, parts.query, parts.fragment) = (nil, nil, nil, nil)
        return parts.string ?? ""
    }

    /// Whether a string of one task is the same value in the other.
    ///
    /// A hash depends on the task, so that the values of two tasks of hashes have nothing to do with each other. Where
    /// paths have another length the one task cannot list some strings of the other.
    package func hasValues(of other: KeptTask) -> Bool {
        if id == other.id { return true }
        guard scheme == other.scheme, bits == other.bits, let encoding, encoding == other.encoding else { return false }
        return !StringEncodings.isOfHashes(encoding)
    }

    /// Whether each value is a group and a string.
    package var isGrouped: Bool { encoding.map { StringEncodings.isGrouped($0) } ?? false }

    /// The group and the string of a value; nil in a task without groups.
    package func parts(of value: [UInt8]) -> GroupedValue? { isGrouped ? GroupedValue(value) : nil }

    /// Whether this is the same task by what its results mean; addresses may have moved.
    func isSame(as other: KeptTask) -> Bool {
        id == other.id && scheme == other.scheme && bits == other.bits && encoding == other.encoding
            && batchMode == other.batchMode
    }
}
