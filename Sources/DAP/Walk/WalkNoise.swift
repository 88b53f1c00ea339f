import WireCodec

/// The noise that each aggregator adds to its aggregate share, once a step.
///
/// ```
/// enum { none(0), discrete_laplace(1), (255) } WalkNoiseMechanism;
///
/// struct {
///   uint32 scale_numerator;            // at least 1
///   uint32 scale_denominator;          // at least 1
/// } DiscreteLaplaceParameters;
///
/// struct {
///   WalkNoiseMechanism mechanism;
///   select (WalkNoise.mechanism) {
///     case none:             Empty;
///     case discrete_laplace: DiscreteLaplaceParameters;
///   };
/// } WalkNoise;
/// ```
///
/// Spec: <doc:WalkExtension>
package enum WalkNoise: Hashable, Sendable, WireCodable {
    case none

    /// P(k) is proportional to exp(-|k| · denominator / numerator), independently for every candidate.
    case discreteLaplace(scaleNumerator: UInt32, scaleDenominator: UInt32)

    package func encode(into writer: inout WireWriter) {
        switch self {
        case .none:
            writer.append(u8: 0)
        case .discreteLaplace(let numerator, let denominator):
            writer.append(u8: 1)
            writer.append(u32: numerator)
            writer.append(u32: denominator)
        }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        switch try reader.readU8() {
        case 0:
            self = .none
        case 1:
            let (numerator, denominator) = (try reader.readU32(), try reader.readU32())
            guard numerator > 0, denominator > 0 else { throw .badValue("DiscreteLaplaceParameters") }
            self = .discreteLaplace(scaleNumerator: numerator, scaleDenominator: denominator)
        default:
            throw .badValue("WalkNoiseMechanism")
        }
    }
}
