import DAP
import StringCodec

/// What a Collector knows of a task.
package struct CollectorTask: Sendable {
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
    ///   `CollectorError.unsupportedExtensions` where it has one that this program does not know.
    package init(
        id: TaskID, configuration: TaskConfiguration, codePoints: WalkCodePoints, encoding: any StringEncoding,
        keyPair: HpkeKeyPair
    ) throws(CollectorError) {
        let unsupported = configuration.unsupportedExtensions(walk: codePoints)
        guard unsupported.isEmpty else { throw .unsupportedExtensions(unsupported) }
        guard let walk = try? configuration.walkExtension(codePoints), let bits = configuration.vdaf.poplar1Bits else {
            throw .notAWalkTask
        }
        self.id = id
        self.configuration = configuration
        self.codePoints = codePoints
        self.encoding = encoding
        self.keyPair = keyPair
        self.walk = walk
        self.bits = bits
    }

    /// The bounds as the planner reads them.
    package var bounds: WalkBounds {
        WalkBounds(
            minThreshold: walk.minThreshold, maxSteps: Int(walk.maxSteps), maxCandidates: Int(walk.maxCandidates),
            firstStepMaxLevel: Int(walk.firstStepMaxLevel),
            firstStepMaxCandidates: Int(walk.firstStepMaxCandidates))
    }
}
