import Foundation
import PopulusDAP

/// What one party knows of a task, as a file that it alone may read.
///
/// All four files of a task agree in everything but ``secrets``. `task new` writes them.
package struct TaskFile: Sendable {
    package let taskID: TaskID
    package let configuration: TaskConfiguration
    /// The name of the encoding of strings as bits, which ``configuration`` binds as well.
    ///
    /// Nothing where measurements are no strings.
    package let encoding: String?
    package let walkCodePoints: WalkCodePoints
    package let secrets: Secrets
    /// The key that the results are sealed to.
    ///
    /// Nothing in a client's file of an earlier version, which did not have it.
    package let collectorHpkeConfig: HpkeConfig?
    /// How far ahead of an aggregator's clock a report's time may be, in seconds; of no use to other roles.
    package let clockSkew: UInt64
    /// How old a report may be, in seconds, before an aggregator refuses and forgets it; nothing where it may have any age, and of no
    /// use to other roles.
    package let reportExpiry: UInt64?

    /// The skew of files that do not name one.
    package static let defaultClockSkew: UInt64 = 300
    /// The skews that a file may have: at most a day.
    package static let clockSkews: ClosedRange<UInt64> = 1...86_400
    /// The ages that a file may let a report have: a minute to ten years.
    package static let reportExpiries: ClosedRange<UInt64> = 60...(3660 * 86_400)

    /// What the file's role alone knows.
    package enum Secrets: Sendable {
        case client
        case leader(LeaderSecrets)
        case helper(HelperSecrets)
        case collector(CollectorSecrets)
    }

    /// Nobody takes part in a task with an extension that it does not know (DAP §4.2.2).
    ///
    /// - Parameter collectorHpkeConfig: for a client's file; the others have it among their secrets.
    /// - Throws: `outdated` for walks of an earlier version; `inconsistent` when the configuration binds another encoding, has unknown extensions, or walks or noise
    ///   that are not of this version.
    package init(
        taskID: TaskID, configuration: TaskConfiguration, encoding: String?,
        walkCodePoints: WalkCodePoints = .provisional, secrets: Secrets, collectorHpkeConfig: HpkeConfig? = nil,
        clockSkew: UInt64 = defaultClockSkew, reportExpiry: UInt64? = nil
    ) throws(TaskFileError) {
        guard Self.clockSkews.contains(clockSkew) else {
            throw .inconsistent("its clock_skew is \(clockSkew) seconds, and can be 1 to \(Self.clockSkews.upperBound)")
        }
        if let reportExpiry, !Self.reportExpiries.contains(reportExpiry) {
            let (least, most) = (Self.reportExpiries.lowerBound, Self.reportExpiries.upperBound)
            throw .inconsistent("its report_expiry is \(reportExpiry) seconds, and can be \(least) to \(most)")
        }
        guard Self.encoding(boundIn: configuration) == encoding else {
            throw .inconsistent("its encoding is not the one in its task_configuration")
        }
        let unknown = configuration.unsupportedExtensions(walk: walkCodePoints)
        guard unknown.isEmpty else {
            let types = unknown.map { "\($0)" }.joined(separator: ", ")
            throw .inconsistent("the task has extensions that this program does not know: \(types)")
        }
        do throws(WalkExtensionError) {
            _ = try WalkRules(task: configuration, codePoints: walkCodePoints)
        } catch {
            throw error == .earlierVersion
                ? .outdated(path: nil, reason: error.description) : .inconsistent(error.description)
        }
        do throws(BatchNoiseError) {
            _ = try configuration.batchNoise(walkCodePoints)
        } catch {
            throw .inconsistent(error.description)
        }
        self.taskID = taskID
        self.configuration = configuration
        self.encoding = encoding
        self.walkCodePoints = walkCodePoints
        self.secrets = secrets
        self.clockSkew = clockSkew
        self.reportExpiry = reportExpiry
        self.collectorHpkeConfig =
            switch secrets {
            case .client: collectorHpkeConfig
            case .leader(let own): own.collectorHpkeConfig
            case .helper(let own): own.collectorHpkeConfig
            case .collector(let own): own.hpkeKey.config
            }
    }

    package var role: Role {
        switch secrets {
        case .client: .client
        case .leader: .leader
        case .helper: .helper
        case .collector: .collector
        }
    }

    /// The Leader's base URL.
    package var leaderURL: String { String(decoding: configuration.leaderEndpoint, as: UTF8.self) }

    /// The Helper's base URL.
    package var helperURL: String { String(decoding: configuration.helperEndpoint, as: UTF8.self) }

    /// A task's `task_info`: a name for people, and the encoding if there is one, so that clients consent to it.
    package static func taskInfo(name: String, encoding: String?) -> [UInt8] {
        Array((name + (encoding.map { encodingMark + $0 } ?? "")).utf8)
    }

    private static let encodingMark = ";encoding="

    /// Only Poplar1 has strings; the text after the mark is a name like any other in a task of another VDAF.
    package static func encoding(boundIn configuration: TaskConfiguration) -> String? {
        guard configuration.vdaf.scheme.countsStrings else { return nil }
        let info = String(decoding: configuration.taskInfo, as: UTF8.self)
        guard let mark = info.range(of: encodingMark, options: .backwards) else { return nil }
        return String(info[mark.upperBound...])
    }
}

extension TaskFile {
    /// A VDAF verification key with the identifier that aggregation jobs name it by.
    package struct VerifyKey: Hashable, Sendable {
        package let id: UInt8
        package let bytes: [UInt8]

        package init(id: UInt8, bytes: [UInt8]) {
            self.id = id
            self.bytes = bytes
        }
    }

    /// The Leader's: its decryption keys, the verification keys, and a token for each party that it talks to.
    ///
    /// Of the tokens that clients show it has digests only.
    package struct LeaderSecrets: Sendable {
        /// In decreasing order of preference, at least one: older ones open what clients sealed to them.
        package let hpkeKeys: [HpkeKeyPair]
        package let collectorHpkeConfig: HpkeConfig
        package let verifyKeys: [VerifyKey]
        /// What the Leader shows the Helper.
        package let aggregatorToken: String
        /// What the Collector shows the Leader.
        package let collectorToken: String
        /// Of which a client shows one when it uploads; none where anybody may upload.
        package internal(set) var uploadTokens: [UploadToken]

        package init(
            hpkeKey: HpkeKeyPair, olderHpkeKeys: [HpkeKeyPair] = [], collectorHpkeConfig: HpkeConfig,
            verifyKeys: [VerifyKey], aggregatorToken: String, collectorToken: String, uploadTokens: [UploadToken] = []
        ) {
            self.uploadTokens = uploadTokens
            hpkeKeys = [hpkeKey] + olderHpkeKeys
            self.collectorHpkeConfig = collectorHpkeConfig
            self.verifyKeys = verifyKeys
            self.aggregatorToken = aggregatorToken
            self.collectorToken = collectorToken
        }
    }

    /// The Helper's: its decryption keys, the verification keys, and the token that the Leader shows it.
    package struct HelperSecrets: Sendable {
        /// In decreasing order of preference, at least one: older ones open what clients sealed to them.
        package let hpkeKeys: [HpkeKeyPair]
        package let collectorHpkeConfig: HpkeConfig
        package let verifyKeys: [VerifyKey]
        package let aggregatorToken: String

        package init(
            hpkeKey: HpkeKeyPair, olderHpkeKeys: [HpkeKeyPair] = [], collectorHpkeConfig: HpkeConfig,
            verifyKeys: [VerifyKey], aggregatorToken: String
        ) {
            hpkeKeys = [hpkeKey] + olderHpkeKeys
            self.collectorHpkeConfig = collectorHpkeConfig
            self.verifyKeys = verifyKeys
            self.aggregatorToken = aggregatorToken
        }
    }

    /// The Collector's: the key that opens aggregate shares, and the token that it shows the Leader.
    package struct CollectorSecrets: Sendable {
        package let hpkeKey: HpkeKeyPair
        package let collectorToken: String

        package init(hpkeKey: HpkeKeyPair, collectorToken: String) {
            self.hpkeKey = hpkeKey
            self.collectorToken = collectorToken
        }
    }
}

// A key or a token never shows in a description, a log or a failed test.
extension TaskFile.VerifyKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "VerifyKey(id: \(id))" }
    package var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}

extension TaskFile.LeaderSecrets: CustomStringConvertible, CustomReflectable {
    package var description: String { "LeaderSecrets" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension TaskFile.HelperSecrets: CustomStringConvertible, CustomReflectable {
    package var description: String { "HelperSecrets" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension TaskFile.CollectorSecrets: CustomStringConvertible, CustomReflectable {
    package var description: String { "CollectorSecrets" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
