import PopulusDAP
import PopulusWireCodec

/// The bounds of a task's walks: our addition, which makes a Poplar1 task a walk task.
///
/// Every member has a default.
package struct WalkObject: Decodable, Hashable, Sendable {
    let minThreshold: UInt64?
    let thresholdMargin: UInt64?
    let maxLateRejectionsPPM: UInt32?
    let maxSteps: UInt16?
    let maxCandidates: UInt32?
    let maxBitsPerStep: UInt8?
    let firstStepMaxLevel: UInt16?
    let firstStepMaxCandidates: UInt32?
    let maxLife: UInt64?

    private enum CodingKeys: String, CodingKey {
        case minThreshold = "min_threshold"
        case thresholdMargin = "threshold_margin"
        case maxLateRejectionsPPM = "max_late_rejections_ppm"
        case maxSteps = "max_steps"
        case maxCandidates = "max_candidates"
        case maxBitsPerStep = "max_bits_per_step"
        case firstStepMaxLevel = "first_step_max_level"
        case firstStepMaxCandidates = "first_step_max_candidates"
        case maxLife = "max_life"
    }

    /// The task extension, with the defaults of `populus task new` for what is absent.
    package func taskExtension(
        bits: UInt16, minBatchSize: UInt64, precision: TimePrecision
    ) throws(InteropError) -> TaskExtension {
        guard bits >= WalkRules.leastBits else { throw .refused("walk: \(WalkExtensionError.tooFewBits)") }
        let firstLevel = UInt16(WalkRules.firstStepMaxLevel(firstStepMaxLevel ?? .max, bits: Int(bits)))
        let wholeLevel = UInt32(1) << (UInt32(firstLevel) + 1)
        let candidates = maxCandidates ?? 65_536
        let life = (maxLife ?? 7 * 86_400) / max(1, precision.seconds)
        do throws(WireError) {
            let bounds = try WalkTaskExtension(
                minThreshold: minThreshold ?? max(1, minBatchSize), thresholdMargin: thresholdMargin ?? 0,
                maxLateRejectionsPPM: maxLateRejectionsPPM ?? 10_000, maxSteps: maxSteps ?? bits,
                maxCandidates: candidates, maxBitsPerStep: maxBitsPerStep, firstStepMaxLevel: firstLevel,
                firstStepMaxCandidates: firstStepMaxCandidates ?? min(candidates, wholeLevel),
                maxLife: TimeDuration(units: maxLife == nil ? max(1, life) : life))
            return TaskExtension(type: WalkCodePoints.provisional.task, data: bounds.encoded())
        } catch {
            throw .refused("walk: \(error)")
        }
    }
}
