import WireCodec

/// The bounds of a task's walks, which clients consent to: the data of the walk's task extension.
///
/// ```
/// struct {
///   uint64 min_threshold;              // at least 1
///   uint32 max_late_rejections_ppm;    // at most 1,000,000
///   uint16 max_steps;                  // at least 1
///   uint32 max_candidates;             // at least 1
///   uint16 first_step_max_level;
///   uint32 first_step_max_candidates;  // at least 1
///   Duration max_life;                 // at least 1
///   WalkNoise noise;
/// } WalkTaskExtension;
/// ```
///
/// Spec: <doc:WalkExtension>
package struct WalkTaskExtension: Hashable, Sendable, WireCodable {
    /// The fewest votes that an honest Collector lets a prefix survive with.
    package let minThreshold: UInt64

    /// How many reports may be rejected after step 0, in parts per million of those accepted at step 0, rounded down.
    package let maxLateRejectionsPPM: UInt32

    /// The most steps of a walk, the last of which is kept for the leaf level.
    package let maxSteps: UInt16

    /// The most candidates of a step.
    package let maxCandidates: UInt32

    /// The greatest level that step 0 may ask for, counted from 0.
    package let firstStepMaxLevel: UInt16

    /// The most candidates of step 0.
    package let firstStepMaxCandidates: UInt32

    /// How long after its first step a walk may start another inner step; a leaf step may start until twice this.
    package let maxLife: TimeDuration

    package let noise: WalkNoise

    /// - Throws: `badValue` where a field is outside the range given in the definition.
    package init(
        minThreshold: UInt64, maxLateRejectionsPPM: UInt32, maxSteps: UInt16, maxCandidates: UInt32,
        firstStepMaxLevel: UInt16, firstStepMaxCandidates: UInt32, maxLife: TimeDuration, noise: WalkNoise = .none
    ) throws(WireError) {
        guard minThreshold > 0 else { throw .badValue("min_threshold") }
        guard maxLateRejectionsPPM <= 1_000_000 else { throw .badValue("max_late_rejections_ppm") }
        guard maxSteps > 0 else { throw .badValue("max_steps") }
        guard maxCandidates > 0 else { throw .badValue("max_candidates") }
        guard firstStepMaxCandidates > 0 else { throw .badValue("first_step_max_candidates") }
        guard maxLife.units > 0 else { throw .badValue("max_life") }
        self.minThreshold = minThreshold
        self.maxLateRejectionsPPM = maxLateRejectionsPPM
        self.maxSteps = maxSteps
        self.maxCandidates = maxCandidates
        self.firstStepMaxLevel = firstStepMaxLevel
        self.firstStepMaxCandidates = firstStepMaxCandidates
        self.maxLife = maxLife
        self.noise = noise
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(u64: minThreshold)
        writer.append(u32: maxLateRejectionsPPM)
        writer.append(u16: maxSteps)
        writer.append(u32: maxCandidates)
        writer.append(u16: firstStepMaxLevel)
        writer.append(u32: firstStepMaxCandidates)
        writer.append(maxLife)
        writer.append(noise)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        try self.init(
            minThreshold: try reader.readU64(), maxLateRejectionsPPM: try reader.readU32(),
            maxSteps: try reader.readU16(), maxCandidates: try reader.readU32(),
            firstStepMaxLevel: try reader.readU16(), firstStepMaxCandidates: try reader.readU32(),
            maxLife: try reader.read(), noise: try reader.read())
    }
}

extension TaskConfiguration {
    /// The walk's bounds, if the task has the extension.
    package func walkExtension(_ codePoints: WalkCodePoints = .provisional) throws(WireError) -> WalkTaskExtension? {
        guard let data = extensions.data(ofType: codePoints.task) else { return nil }
        return try WalkTaskExtension(decoding: data)
    }
}
