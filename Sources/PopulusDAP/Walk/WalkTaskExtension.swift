import PopulusWireCodec

/// The bounds of a task's walks, which clients consent to: the data of the walk's task extension.
///
/// ```
/// uint16 WalkMessageCode;
///
/// struct {
///   uint16 version = 1;
///   WalkMessageCode messages<0..2^8-1>; // strictly ascending; all known to who takes part
///   uint64 min_threshold;              // at least 1
///   uint64 threshold_margin;           // below min_threshold; 0 without noise
///   uint32 max_late_rejections_ppm;    // at most 1,000,000
///   uint16 max_steps;                  // at least 2
///   uint32 max_candidates;             // at least 1
///   uint8 max_bits_per_step;           // 1 to 16
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

    /// How many votes fewer noise can leave a prefix that has the threshold.
    package let thresholdMargin: UInt64

    /// How many reports may be rejected after step 0, in parts per million of those accepted at step 0, rounded down.
    package let maxLateRejectionsPPM: UInt32

    /// The most steps of a walk, the last of which is kept for the leaf level.
    package let maxSteps: UInt16

    /// The most candidates of a step.
    package let maxCandidates: UInt32

    /// The most levels that a step passes with more than one candidate for an ancestor.
    package let maxBitsPerStep: UInt8

    /// The greatest level that step 0 may ask for, counted from 0, where the rules permit as much.
    package let firstStepMaxLevel: UInt16

    /// The most candidates of step 0.
    package let firstStepMaxCandidates: UInt32

    /// How long after its first step a walk may start another inner step; a leaf step may start until twice this.
    package let maxLife: TimeDuration

    package let noise: WalkNoise

    /// The optional messages that both aggregators know.
    package let messages: Set<WalkOptionalMessage>

    /// - Parameter maxBitsPerStep: nothing for the default of a task with such noise.
    /// - Throws: `badValue` where a field is outside the range given in the definition.
    package init(
        minThreshold: UInt64, thresholdMargin: UInt64 = 0, maxLateRejectionsPPM: UInt32, maxSteps: UInt16,
        maxCandidates: UInt32, maxBitsPerStep: UInt8? = nil, firstStepMaxLevel: UInt16, firstStepMaxCandidates: UInt32,
        maxLife: TimeDuration, noise: WalkNoise = .none, messages: Set<WalkOptionalMessage> = []
    ) throws(WireError) {
        let bitsPerStep = maxBitsPerStep ?? Self.defaultMaxBitsPerStep(noise)
        guard minThreshold > 0 else { throw .badValue("min_threshold") }
        guard thresholdMargin < minThreshold, thresholdMargin == 0 || noise != .none else {
            throw .badValue("threshold_margin")
        }
        guard maxLateRejectionsPPM <= 1_000_000 else { throw .badValue("max_late_rejections_ppm") }
        guard maxSteps > 1 else { throw .badValue("max_steps") }
        guard maxCandidates > 0 else { throw .badValue("max_candidates") }
        guard Self.bitsPerStepRange.contains(bitsPerStep) else { throw .badValue("max_bits_per_step") }
        guard firstStepMaxCandidates > 0 else { throw .badValue("first_step_max_candidates") }
        guard maxLife.units > 0 else { throw .badValue("max_life") }
        self.minThreshold = minThreshold
        self.thresholdMargin = thresholdMargin
        self.maxLateRejectionsPPM = maxLateRejectionsPPM
        self.maxSteps = maxSteps
        self.maxCandidates = maxCandidates
        self.maxBitsPerStep = bitsPerStep
        self.firstStepMaxLevel = firstStepMaxLevel
        self.firstStepMaxCandidates = firstStepMaxCandidates
        self.maxLife = maxLife
        self.noise = noise
        self.messages = messages
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(WalkExtensionHeader(messages: messages))
        writer.append(u64: minThreshold)
        writer.append(u64: thresholdMargin)
        writer.append(u32: maxLateRejectionsPPM)
        writer.append(u16: maxSteps)
        writer.append(u32: maxCandidates)
        writer.append(u8: maxBitsPerStep)
        writer.append(u16: firstStepMaxLevel)
        writer.append(u32: firstStepMaxCandidates)
        writer.append(maxLife)
        writer.append(noise)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        let header: WalkExtensionHeader = try reader.read()
        guard header.unknownMessages.isEmpty else { throw .badValue("messages") }
        try self.init(
            minThreshold: try reader.readU64(), thresholdMargin: try reader.readU64(),
            maxLateRejectionsPPM: try reader.readU32(), maxSteps: try reader.readU16(),
            maxCandidates: try reader.readU32(), maxBitsPerStep: try reader.readU8(),
            firstStepMaxLevel: try reader.readU16(), firstStepMaxCandidates: try reader.readU32(),
            maxLife: try reader.read(), noise: try reader.read(), messages: header.knownMessages)
    }
}

extension WalkTaskExtension {
    /// The version of the structure and of the rules for a step.
    package static var version: UInt16 { WalkExtensionHeader.version }

    /// What `max_bits_per_step` can be.
    package static let bitsPerStepRange: ClosedRange<UInt8> = 1...16

    /// The bits a step of a task that does not say otherwise: exact counts show more than noisy ones.
    package static func defaultMaxBitsPerStep(_ noise: WalkNoise) -> UInt8 { noise == .none ? 4 : 8 }

    /// How many prefixes of a step can be followed in a batch of so many reports: as many as can have the threshold.
    package func ancestorLimit(reportCount: UInt64) -> UInt64 { reportCount / (minThreshold - thresholdMargin) }

    /// Whether one walk over so many reports could ask for every string of so many bits, however few votes they have.
    package func readsWholeDomain(bits: Int, reportCount: UInt64) -> Bool {
        guard bits < 64 else { return false }
        let (asked, overflow) = ancestorLimit(reportCount: reportCount)
            .multipliedReportingOverflow(by: 1 << UInt64(maxBitsPerStep))
        return overflow || asked >= 1 << UInt64(bits)
    }
}

extension TaskConfiguration {
    /// The walk's bounds, if the task has the extension.
    package func walkExtension(
        _ codePoints: WalkCodePoints = .provisional
    ) throws(WalkExtensionError) -> WalkTaskExtension? {
        guard let data = extensions.data(ofType: codePoints.task) else { return nil }
        try WalkExtensionHeader.check(data)
        do {
            return try WalkTaskExtension(decoding: data)
        } catch {
            throw .malformed(error)
        }
    }
}
