import PopulusCollector
import PopulusDifferentialPrivacy

extension NoiseFacts {
    /// What a result's JSON says of the noise: the promise, and the noise in numbers.
    package var members: [(name: String, value: String)] {
        [
            (
                "guarantee",
                JSONText.object([("epsilon", "\(guarantee.epsilon)"), ("delta", "\(guarantee.delta)")])
            ),
            (
                "noise",
                JSONText.object([
                    ("sigma", "\(sigma)"), ("standard_deviation", "\(deviation)"), ("half_width", "\(halfWidth)"),
                    ("coverage", "\(Self.coverage)"),
                ])
            ),
        ]
    }

    struct StoredGuarantee: Decodable {
        let epsilon: Double
        let delta: Double
    }

    struct StoredNoise: Decodable {
        let sigma: Double
        let half_width: UInt64
    }

    /// What the JSON of a result has; nothing in one of exact counts.
    init?(_ guarantee: StoredGuarantee?, _ noise: StoredNoise?) {
        guard let guarantee, let noise else { return nil }
        self.init(
            guarantee: PrivacyGuarantee(epsilon: guarantee.epsilon, delta: guarantee.delta), sigma: noise.sigma,
            halfWidth: noise.half_width)
    }
}

extension CountInterval {
    package var members: [(name: String, value: String)] { [("low", "\(low)"), ("high", "\(high)")] }
}
