/// What a task promises for each report: (epsilon, delta)-differential privacy under replacement of what it holds.
package struct PrivacyGuarantee: Hashable, Sendable {
    package let epsilon: Double
    /// 0 where the noise is Laplace's.
    package let delta: Double

    package init(epsilon: Double, delta: Double) {
        self.epsilon = epsilon
        self.delta = delta
    }
}
