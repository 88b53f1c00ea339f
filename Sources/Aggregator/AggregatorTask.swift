import Crypto
import PopulusDAP
import PopulusVDAF

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
    /// The draft of DAP that the task follows.
    package let version: SpecVersion
    package let kind: Kind
    package let vdaf: any EncodedVdaf
    /// The task's `task_interval`, if it has one.
    package let taskInterval: Interval?
    /// What is added to the sum of a batch; a walk's noise is among its rules.
    package let batchNoise: BatchNoise?
    /// How many reports came sealed to which of the keys.
    package let keyUse = KeyUse()

    /// - Throws: `.unsupportedExtensions` for a task with an extension that is not known here, `.problem` for one that
    ///   this aggregator cannot serve.
    package init(
        id: TaskID, configuration: TaskConfiguration, role: Role, receiver: HpkeReceiver, collectorConfig: HpkeConfig,
        verifyKeys: [UInt8: [UInt8]], codePoints: WalkCodePoints = .provisional, version: SpecVersion = .current
    ) throws(AggregatorError) {
        guard role == .leader || role == .helper else { throw .invalidMessage("role is not an aggregator's") }
        let unknown = configuration.unsupportedExtensions(walk: codePoints)
        guard unknown.isEmpty else { throw .unsupportedExtensions(unknown) }
        do {
            taskInterval = try configuration.taskInterval
            batchNoise = try configuration.batchNoise(codePoints)
            kind = try Kind(of: configuration, codePoints)
        } catch let error as AggregatorError {
            throw error
        } catch let error as WalkExtensionError {
            throw .invalidMessage(error.description)
        } catch let error as BatchNoiseError {
            throw .invalidMessage(error.description)
        } catch {
            throw .invalidMessage("a task extension does not decode")
        }
        guard collectorConfig.isSupported else { throw .invalidMessage("collector's HPKE algorithms are unknown") }
        do { vdaf = try configuration.vdaf.makeVdaf() } catch {
            throw .invalidMessage("the VDAF's parameters are refused: \(error)")
        }
        let keySize = vdaf.verifyKeySize
        guard !verifyKeys.isEmpty, verifyKeys.values.allSatisfy({ $0.count == keySize }) else {
            throw .invalidMessage("no usable verification key")
        }
        self.id = id
        self.configuration = configuration
        self.role = role
        self.receiver = receiver
        self.collectorConfig = collectorConfig
        self.verifyKeys = verifyKeys
        self.codePoints = codePoints
        self.version = version
    }

    /// The VDAF's application context.
    package var context: [UInt8] { SpecVersion.vdafContext(for: id) }

    /// Why no report of an aggregation job with this verification key is taken; nil where the key is known.
    ///
    /// - Throws: `invalidMessage` where the task's draft fails the whole job.
    ///
    /// Spec: DAP §4.5.3.2
    func refusal(ofKey keyID: UInt8) throws(AggregatorError) -> ReportError? {
        guard verifyKeys[keyID] == nil else { return nil }
        switch version.unknownVerificationKey {
        case .failsJob: throw .invalidMessage("the verification key is unknown")
        case .rejectsReports(let error): return error
        }
    }

    /// The verification key that new walks use.
    package var currentKeyID: UInt8 { verifyKeys.keys.max() ?? 0 }

    /// Whether aggregation waits for the Collector's parameter, and every report may be evaluated once only (rule 1 of the
    /// design): Poplar1.
    package var hasAggregationParameter: Bool { configuration.vdaf.scheme.countsStrings }

    /// The most reports whose sum the VDAF's field holds, whatever they hold: with noise, signed.
    package var greatestReportCount: UInt64 { configuration.vdaf.greatestReportCount(with: batchNoise) }

    /// The bucket of a report's time, or the one of the batch that the Leader selected.
    ///
    /// Spec: DAP §5.1.4, §5.2.4
    package func bucketKey(_ time: Time, _ batch: BatchID?) -> BatchBucketKey {
        batch.map { BatchBucketKey($0) } ?? BatchBucketKey(time)
    }

    /// Where its uploads wait.
    package var uploadQueue: UploadQueue {
        if configuration.batchMode == .timeInterval { return .byTime }
        if case .walk = kind { return .open }
        return .unselected
    }

    /// The VDAF's aggregator: 0 for the Leader, 1 for the Helper.
    var aggregatorID: Int { role == .leader ? 0 : 1 }

    /// What a store remembers of its task.
    package var configurationDigest: [UInt8] { configuration.storeDigest }
}

extension TaskConfiguration {
    /// SHA-256 of the encoded configuration.
    package var storeDigest: [UInt8] { Array(SHA256.hash(data: encoded())) }
}

extension AggregatorTask {
    /// What a task's collections are.
    package enum Kind: Sendable {
        /// Walks: each is a sequence of collections over one batch, within the bounds of the task's walk extension.
        case walk(WalkRules, bits: Int)
        /// DAP as it stands: a batch is collected once.
        case batch
    }
}

extension AggregatorTask.Kind {
    fileprivate init(of configuration: TaskConfiguration, _ codePoints: WalkCodePoints) throws {
        guard configuration.extensions.data(ofType: codePoints.task) != nil else {
            self = .batch
            return
        }
        guard let rules = try WalkRules(task: configuration, codePoints: codePoints) else {
            throw AggregatorError.invalidMessage("the walk extension needs Poplar1")
        }
        self = .walk(rules, bits: rules.bits)
    }
}
