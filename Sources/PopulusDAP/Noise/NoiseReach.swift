import PopulusDifferentialPrivacy
import PopulusSchemes

// How far noise reaches: in the whole arithmetic of every role, the client's too.
extension BatchNoise {
    /// More than the noise of both aggregators ever comes to.
    package var reach: UInt64 { variance.reach }
}

extension NoiseVariance {
    /// More than the noise of both aggregators ever comes to: 64 sigma.
    ///
    /// It is more with a probability of exp(-1024).
    package var reach: UInt64 { UInt64((64 * sigma).rounded(.up)) }
}

extension VdafConfiguration {
    /// The most reports whose sum the field holds, whatever they hold: with noise, signed.
    package func greatestReportCount(with noise: BatchNoise?) -> UInt64 {
        noise.map { greatestReportCount(noise: $0.reach) } ?? greatestReportCount
    }
}
