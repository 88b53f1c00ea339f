import BenchmarkSupport
import Crypto

/// One X25519, which opening a report's share takes at least: what step 0 is compared with.
struct KeyAgreement {
    private let privateKey = Curve25519.KeyAgreement.PrivateKey()
    private let publicKey = Curve25519.KeyAgreement.PrivateKey().publicKey

    func agree() throws { _ = try privateKey.sharedSecretFromKeyAgreement(with: publicKey) }

    /// Nanoseconds of one, and of a block of the fixed-key AES hash in the same moments.
    static func measure(isSmoke: Bool) throws -> (agreement: Timing?, hashBlock: Timing) {
        let keys = KeyAgreement()
        let result = try Stopwatch(samples: isSmoke ? 1 : 100).measure([{ try keys.agree() }])
        return (result.timings.first, result.hashBlock)
    }
}
