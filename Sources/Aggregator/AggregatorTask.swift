import Crypto
import DAP

/// What an aggregator knows of a task.
///
/// Authentication tokens belong to the HTTP layer, report shares to the store.
package struct AggregatorTask: Sendable {
    package let id: TaskID
    package let configuration: TaskConfiguration
    /// `.leader` or `.helper`.
    package let role: Role
    /// The keys that clients' shares are sealed to.
    package let receiver: HpkeReceiver
    package let collectorConfig: HpkeConfig
    /// The verification keys shared with the peer, by `verification_key_id`.
    ///
    /// The Leader uses the greatest one.
    package let verifyKeys: [UInt8: [UInt8]]
    package let codePoints: WalkCodePoints
    /// The task's bounds on walks, with the checks that follow from them.
    package let rules: WalkRules
    /// Bits of a measurement.
    package let bits: Int
    /// The task's `task_interval`, if it has one.
    package let taskInterval: Interval?

    /// - Throws: `.unsupportedExtensions` for a task with an extension that is not known here, `.problem` for one that
    ///   this aggregator cannot serve.
    package init(
        id: TaskID, configuration: TaskConfiguration, role: Role, receiver: HpkeReceiver, collectorConfig: HpkeConfig,
        verifyKeys: [UInt8: [UInt8]], codePoints: WalkCodePoints = .provisional
    ) throws(AggregatorError) {
        guard role == .leader || role == .helper else { throw .invalidMessage("role is not an aggregator's") }
        let unknown = configuration.unsupportedExtensions(walk: codePoints)
        guard unknown.isEmpty else { throw .unsupportedExtensions(unknown) }
        do {
            taskInterval = try configuration.taskInterval
            guard let rules = try WalkRules(task: configuration, codePoints: codePoints) else {
                throw AggregatorError.invalidMessage("the task has no walk extension")
            }
            self.rules = rules
        } catch let error as AggregatorError {
            throw error
        } catch {
            throw .invalidMessage("a task extension does not decode")
        }
        guard collectorConfig.isSupported else { throw .invalidMessage("collector's HPKE algorithms are unknown") }
        guard !verifyKeys.isEmpty, verifyKeys.values.allSatisfy({ $0.count == 32 }) else {
            throw .invalidMessage("no usable verification key")
        }
        guard let bits = configuration.vdaf.poplar1Bits else { throw .invalidMessage("the task is not one of Poplar1") }
        self.bits = bits
        self.id = id
        self.configuration = configuration
        self.role = role
        self.receiver = receiver
        self.collectorConfig = collectorConfig
        self.verifyKeys = verifyKeys
        self.codePoints = codePoints
    }

    /// The VDAF's application context.
    package var context: [UInt8] { SpecVersion.vdafContext(for: id) }

    /// The verification key that new walks use.
    package var currentKeyID: UInt8 { verifyKeys.keys.max() ?? 0 }

    /// SHA-256 of the encoded configuration: what a store remembers of its task.
    package var configurationDigest: [UInt8] { Array(SHA256.hash(data: configuration.encoded())) }
}
