import PopulusDAP
import PopulusStringCodec

/// What a Collector knows of a task whose batches are walked.
package struct DiscoveryTask: Sendable {
    package let id: TaskID
    package let configuration: TaskConfiguration
    package let codePoints: WalkCodePoints
    package let encoding: any StringEncoding
    /// The key to which the aggregators seal their shares.
    package let keyPair: HpkeKeyPair
    /// The bounds of the task's walks.
    package let walk: WalkTaskExtension
    /// The length of a path.
    package let bits: Int

    /// - Throws: `CollectorError.notAWalkTask` where the task does not have the walk extension,
    ///   `CollectorError.walkExtension` where it has one that is not of this version,
    ///   `CollectorError.unsupportedExtensions` where it has one that this program does not know.
    package init(
        id: TaskID, configuration: TaskConfiguration, codePoints: WalkCodePoints, encoding: any StringEncoding,
        keyPair: HpkeKeyPair
    ) throws(CollectorError) {
        let unsupported = configuration.unsupportedExtensions(walk: codePoints)
        guard unsupported.isEmpty else { throw .unsupportedExtensions(unsupported) }
        let rules: WalkRules?
        do throws(WalkExtensionError) {
            rules = try WalkRules(task: configuration, codePoints: codePoints)
        } catch {
            throw .walkExtension(error)
        }
        guard let rules else { throw .notAWalkTask }
        // Walks have a noise of their own.
        do throws(BatchNoiseError) {
            _ = try configuration.batchNoise(codePoints)
        } catch {
            throw .batchNoise(error)
        }
        self.id = id
        self.configuration = configuration
        self.codePoints = codePoints
        self.encoding = encoding
        self.keyPair = keyPair
        walk = rules.bounds
        bits = rules.bits
    }

    /// The bounds as the planner reads them.
    package var bounds: WalkBounds {
        WalkBounds(
            minThreshold: walk.minThreshold, thresholdMargin: walk.thresholdMargin, maxSteps: Int(walk.maxSteps),
            maxCandidates: Int(walk.maxCandidates), maxBitsPerStep: Int(walk.maxBitsPerStep),
            firstStepMaxLevel: WalkRules.firstStepMaxLevel(walk.firstStepMaxLevel, bits: bits),
            firstStepMaxCandidates: Int(walk.firstStepMaxCandidates))
    }
}
