import PopulusDifferentialPrivacy
import PopulusWireCodec

/// The noise that each aggregator adds to its aggregate share, once a step.
///
/// ```
/// enum { none(0), discrete_laplace(1), discrete_gaussian(2), (255) } WalkNoiseMechanism;
///
/// struct {
///   uint32 scale_numerator;            // at least 1
///   uint32 scale_denominator;          // at least 1
/// } DiscreteLaplaceParameters;
///
/// struct {
///   NoiseVariance inner;               // of every step but the leaf's
///   NoiseVariance leaf;
///   uint64 inverse_delta;              // at least 2: the promise is made for delta = 1 / inverse_delta
/// } DiscreteGaussianParameters;
///
/// struct {
///   WalkNoiseMechanism mechanism;
///   select (WalkNoise.mechanism) {
///     case none:              Empty;
///     case discrete_laplace:  DiscreteLaplaceParameters;
///     case discrete_gaussian: DiscreteGaussianParameters;
///   };
/// } WalkNoise;
/// ```
///
/// Spec: <doc:WalkExtension>
package enum WalkNoise: Hashable, Sendable, WireCodable {
    case none

    /// P(k) is proportional to exp(-|k| · denominator / numerator), independently for every candidate.
    ///
    /// Of tasks of earlier versions; no new ones are made.
    case discreteLaplace(scaleNumerator: UInt32, scaleDenominator: UInt32)

    /// P(k) is proportional to exp(-k² / (2 sigma²)), independently for every candidate.
    case discreteGaussian(WalkGaussianNoise)

    package func encode(into writer: inout WireWriter) {
        switch self {
        case .none:
            writer.append(u8: 0)
        case .discreteLaplace(let numerator, let denominator):
            writer.append(u8: 1)
            writer.append(u32: numerator)
            writer.append(u32: denominator)
        case .discreteGaussian(let noise):
            writer.append(u8: 2)
            writer.append(noise.inner)
            writer.append(noise.leaf)
            writer.append(u64: noise.inverseDelta)
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
        case 2:
            let noise = WalkGaussianNoise(
                inner: try reader.read(), leaf: try reader.read(), inverseDelta: try reader.readU64())
            guard let noise else { throw .badValue("DiscreteGaussianParameters") }
            self = .discreteGaussian(noise)
        default:
            throw .badValue("WalkNoiseMechanism")
        }
    }
}

/// The discrete Gaussian noise of a walk's steps.
package struct WalkGaussianNoise: Hashable, Sendable {
    /// Of every step but the leaf's.
    package let inner: NoiseVariance
    package let leaf: NoiseVariance
    /// The promise is made for a delta of one divided by this.
    package let inverseDelta: UInt64

    /// `nil` where delta would not be below 1.
    package init?(inner: NoiseVariance, leaf: NoiseVariance, inverseDelta: UInt64) {
        guard inverseDelta > 1 else { return nil }
        self.inner = inner
        self.leaf = leaf
        self.inverseDelta = inverseDelta
    }
}

/// ```
/// struct {
///   uint64 numerator;                  // at least 1; numerator * denominator below 2^64
///   uint64 denominator;                // at least 1
/// } NoiseVariance;                     // sigma² of one aggregator
/// ```
extension NoiseVariance: WireCodable {
    package func encode(into writer: inout WireWriter) {
        writer.append(u64: numerator)
        writer.append(u64: denominator)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        let (numerator, denominator) = (try reader.readU64(), try reader.readU64())
        guard let variance = NoiseVariance(numerator: numerator, denominator: denominator) else {
            throw .badValue("NoiseVariance")
        }
        self = variance
    }
}
